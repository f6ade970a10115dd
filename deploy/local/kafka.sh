# One Kafka node that is broker and controller, on loopback; sourced by local.sh, which sets root and dir.

kafka_pom=$root/deploy/kafka/pom.xml
kafka_version=$(sed -n 's:.*<kafka.version>\(.*\)</kafka.version>.*:\1:p' "$kafka_pom")
kafka_cache=${XDG_CACHE_HOME:-${HOME:-$root/.local}/.cache}/tillstream
kafka_libs=$kafka_cache/kafka-$kafka_version
kafka_pid_file=$dir/kafka/pid
kafka_log=$dir/kafka/server.log
kafka_topics=(orders ad-spend refunds settlements catalog)

kafka_is_running() { is_running "$kafka_pid_file"; }
kafka_brokers() { echo "127.0.0.1:$(<"$dir/kafka/port")"; }

fetch_kafka() {
    [ ! -d "$kafka_libs" ] || return 0
    mkdir -p "$kafka_cache"
    (
        flock 8
        [ ! -d "$kafka_libs" ] || exit 0
        say "fetching Kafka $kafka_version into $kafka_libs (once)"
        local fetched=$kafka_libs.part
        rm -rf "$fetched"
        mvn -q -B -C -Dstyle.color=never -f "$kafka_pom" dependency:copy-dependencies \
            -DincludeScope=runtime -DoutputDirectory="$fetched" >"$kafka_cache/mvn.log" 2>&1 ||
            { show_log "$kafka_cache/mvn.log"; die 69 "Maven could not fetch Kafka $kafka_version"; }
        mv -T "$fetched" "$kafka_libs"
    ) 8>"$kafka_cache/.lock"
}

# Records keep the times of the orders, which may be years ago: nothing may expire. Rebalances start at once.
# Messages above 1 MiB are for tillstream to refuse, not for the broker. A broker that was killed may register again
# only when its former session has run out.
write_kafka_config() {
    local port=$1 controller_port=$2
    cat >"$dir/kafka/server.properties" <<X
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller_port
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller_port
advertised.listeners=PLAINTEXT://127.0.0.1:$port
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
log.dirs=$dir/kafka/data
auto.create.topics.enable=false
log.retention.ms=-1
message.max.bytes=4194304
num.network.threads=2
num.io.threads=4
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
X
}

# run_java MAIN ARGS...: a short-lived Kafka tool.
run_java() {
    java -Xmx128m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dlog4j2.configurationFile="$root/deploy/kafka/log4j2.xml" \
        -cp "$kafka_libs/*" "$@"
}

format_kafka() {
    [ ! -f "$dir/kafka/data/meta.properties" ] || return 0
    # A cluster id is 22 characters of base64; the first must not look like an option.
    run_java kafka.tools.StorageTool format --ignore-formatted -t "T$(random_hex 10)Q" \
        -c "$dir/kafka/server.properties" >"$dir/kafka/format.log" 2>&1 || { show_log "$dir/kafka/format.log"; return 1; }
}

launch_kafka() {
    launch "$kafka_pid_file" "$kafka_log" java -Xms128m -Xmx512m -XX:+UseSerialGC -XX:+ExitOnOutOfMemoryError -Djava.awt.headless=true \
        -Dlog4j2.configurationFile="$root/deploy/kafka/log4j2.xml" -cp "$kafka_libs/*" \
        kafka.Kafka "$dir/kafka/server.properties"
}

kafka_is_up_or_dead() { grep -q 'Kafka Server started' "$kafka_log" || ! kafka_is_running; }

start_kafka() {
    ! kafka_is_running || return 0
    mkdir -p "$dir/kafka"
    for _ in {1..5}; do
        [ -s "$dir/kafka/port" ] || free_port >"$dir/kafka/port"
        [ -s "$dir/kafka/controller-port" ] || free_port >"$dir/kafka/controller-port"
        write_kafka_config "$(<"$dir/kafka/port")" "$(<"$dir/kafka/controller-port")"
        format_kafka || return 1
        launch_kafka
        wait_for 90 kafka_is_up_or_dead || true
        if kafka_is_running && grep -q 'Kafka Server started' "$kafka_log"; then return 0; fi
        grep -q 'Address already in use' "$kafka_log" || break
        rm -f "$dir/kafka/port" "$dir/kafka/controller-port"
    done
    end_process "$kafka_pid_file" KILL 10
    show_log "$kafka_log"
    say "Kafka did not start"
    return 1
}

stop_kafka() { end_process "$kafka_pid_file" TERM 30; }

create_topic() {
    run_java org.apache.kafka.tools.TopicCommand --bootstrap-server "$(kafka_brokers)" --create --if-not-exists \
        --topic "$1" --partitions "$2" --replication-factor 1 >"$dir/kafka/topic-$1.log" 2>&1 ||
        { show_log "$dir/kafka/topic-$1.log"; return 1; }
}

create_topics() {
    local topic job jobs=()
    [ ! -f "$dir/kafka/partitions" ] || return 0
    for topic in "${kafka_topics[@]}"; do
        create_topic "$topic" "$1" &
        jobs+=($!)
    done
    for job in "${jobs[@]}"; do wait "$job" || return 1; done
    echo "$1" >"$dir/kafka/partitions"
}
