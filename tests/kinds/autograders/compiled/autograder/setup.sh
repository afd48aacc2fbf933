#!/bin/bash
command -v cc || command -v tcc || apt-get install -y --no-install-recommends tcc libc6-dev
