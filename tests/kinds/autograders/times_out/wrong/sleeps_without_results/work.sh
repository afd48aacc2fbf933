rm results.json; sleep 600
