"""Hosts have SageMaker's names and groups, and addresses of their own."""

from __future__ import annotations

import ipaddress
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from include.local_aws.jobs.cluster import Cluster, LoopbackAddresses


def test_hosts_are_counted_from_one() -> None:
    """InstanceCount hosts are algo-1 ... algo-N of one group."""
    cluster = Cluster.of_training({"InstanceType": "ml.m5.large", "InstanceCount": 3})

    assert cluster.names == ["algo-1", "algo-2", "algo-3"]
    config = cluster.resource_config(cluster.hosts[1])
    assert config["current_host"] == "algo-2"
    assert config["current_instance_type"] == "ml.m5.large"
    assert config["current_group_name"] == "homogeneousCluster"
    assert config["hosts"] == cluster.names
    assert config["instance_groups"] == [
        {
            "instance_group_name": "homogeneousCluster",
            "instance_type": "ml.m5.large",
            "hosts": cluster.names,
        }
    ]


def test_instance_groups_share_the_numbering() -> None:
    """A heterogeneous cluster's hosts are numbered through, each with its type and group."""
    cluster = Cluster.of_training(
        {
            "InstanceGroups": [
                {"InstanceType": "ml.c5.large", "InstanceCount": 1, "InstanceGroupName": "data"},
                {"InstanceType": "ml.p3.large", "InstanceCount": 2, "InstanceGroupName": "dnn"},
            ]
        }
    )

    assert [host.instance_type for host in cluster.hosts] == ["ml.c5.large"] + ["ml.p3.large"] * 2
    assert [host.name for host in cluster.in_groups(["dnn"])] == ["algo-2", "algo-3"]
    assert cluster.in_groups([]) == cluster.hosts
    groups = cluster.resource_config(cluster.hosts[2])["instance_groups"]
    assert [group["hosts"] for group in groups] == [["algo-1"], ["algo-2", "algo-3"]]


def test_a_processing_cluster_is_read_from_its_own_shape() -> None:
    """ProcessingResources has its cluster in ClusterConfig."""
    resources = {"ClusterConfig": {"InstanceType": "ml.t3.medium", "InstanceCount": 2}}

    assert Cluster.of_processing(resources).names == ["algo-1", "algo-2"]


@pytest.mark.skipif(sys.platform != "linux", reason="only 127.0.0.1 exists on this system")
def test_no_two_running_jobs_share_an_address() -> None:
    """Addresses lent at the same time differ, and lie in 127.64.0.0/10."""
    addresses = LoopbackAddresses()
    with ExitStack() as held, ThreadPoolExecutor() as threads:
        lent = list(
            threads.map(
                lambda _: held.enter_context(addresses.lend(["algo-1", "algo-2"])), range(200)
            )
        )
        every = [address for names in lent for address in names.values()]

    assert len(set(every)) == 400
    network = ipaddress.ip_network("127.64.0.0/10")
    assert all(ipaddress.ip_address(address) in network for address in every)


@pytest.mark.skipif(sys.platform != "linux", reason="only 127.0.0.1 exists on this system")
def test_addresses_come_back() -> None:
    """An address of an ended job may be lent again."""
    addresses = LoopbackAddresses()
    with addresses.lend(["algo-1"]):
        pass

    assert not addresses._taken
