# Two images from one base.
#   airflow    every Airflow service of docker-compose.yaml
#   local-aws  the embedded AWS, with the jobs' environment beside it; for evaluation and tests only
# Not built where it was written: no container engine runs there. See SECURITY.md.

ARG AIRFLOW_IMAGE=apache/airflow:3.3.2-python3.11

FROM ${AIRFLOW_IMAGE} AS airflow
WORKDIR /opt/airflow

# first what changes seldom: the locked packages
COPY --chown=airflow:root requirements.txt ./
RUN pip install --no-cache-dir --require-hashes --requirement requirements.txt

# Editable, so that the folder Airflow has on sys.path and the installed provider are one and the same,
# and a mounted plugins/ is what runs. Installed, because a merely mounted provider is not registered.
COPY --chown=airflow:root pyproject.toml README.md LICENSE ./
COPY --chown=airflow:root plugins ./plugins
RUN pip install --no-cache-dir --no-deps --editable .

COPY --chown=airflow:root dags ./dags
COPY --chown=airflow:root include ./include
# volumes take over the owner and mode of the folders they cover; group 0 writes whatever AIRFLOW_UID is
RUN mkdir -p auth local-aws && chmod g+rwx auth local-aws logs
ENV PYTHONPATH=/opt/airflow

FROM airflow AS local-aws

# bubblewrap makes /opt/ml for each job; socat brings the compose network to a server that is on loopback
USER root
RUN apt-get update \
    && apt-get install --yes --no-install-recommends bubblewrap socat \
    && rm -rf /var/lib/apt/lists/*
USER airflow

# the same pins as the image's, and moto
COPY --chown=airflow:root requirements-local.txt ./
RUN pip install --no-cache-dir --require-hashes --requirement requirements-local.txt

# the jobs' world, which cannot see Airflow; PIP_USER of the base image would lead pip out of it
RUN python -m venv jobs \
    && PIP_USER=0 jobs/bin/pip install --no-cache-dir --require-hashes \
        --requirement include/flights/jobs/requirements.txt

EXPOSE 4566
