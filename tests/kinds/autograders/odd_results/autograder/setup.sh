#! /bin./bash
echo "set up by $(id -un), $DEBIAN_FRONTEND"
echo yes >/etc/set-up
