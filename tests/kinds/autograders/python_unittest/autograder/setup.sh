#!/usr/bin/env bash

pip3 install -r /autograder/source/requirements.txt
