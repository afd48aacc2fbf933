#!/usr/bin/env bash
set -e
useradd --create-home student
cp /autograder/source/shopd.init /etc/init.d/shopd
chmod 755 /etc/init.d/shopd
