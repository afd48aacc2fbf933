sleep 600 & sleep 600
