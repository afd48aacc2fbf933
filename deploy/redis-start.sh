#!/bin/sh
# Start Redis with two logins, and nobody else. Database 0 carries the lanes, database 1 the site's own tasks.
#   site    may do everything with keys, in both databases.
#   runner  may use the lanes' keys only. Without SELECT, MOVE and COPY, which scripts are denied too, it cannot leave database 0.
# Nothing is kept on disk: a message is a ticket, the truth is in PostgreSQL (docs/explanation/promises.md).
set -eu
umask 077
acl=${ACL_FILE:-/tmp/users.acl}
cat >"$acl" <<EOT
user default off
user site on >$REDIS_SITE_PASSWORD ~* &* +@all -@admin -flushall -flushdb
user runner on >$REDIS_RUNNER_PASSWORD resetkeys ~lane.* ~_kombu.binding.lane.* ~unacked* resetchannels -@all +ping +auth +hello +client|setname +client|id +info +multi +exec +discard +watch +unwatch +brpop +rpop +lpush +rpush +llen +sadd +srem +smembers +zadd +zrem +zrevrangebyscore +hset +hget +hdel +set +get +del +expire +pexpire +eval +evalsha +script|load
EOT
exec redis-server --aclfile "$acl" --port "${REDIS_PORT:-6379}" --bind ${REDIS_BIND:-*} --protected-mode no \
  --save "" --appendonly no --maxmemory 256mb --maxmemory-policy noeviction --dir /tmp
