# DIR/tillstream.yaml and DIR/env; sourced by local.sh.

write_files() {
    keep_config || write_config
    write_env
}

# A configuration that still names these servers and this checkout may have been edited: it stays.
keep_config() {
    local config=$dir/tillstream.yaml
    [ -f "$config" ] && grep -qF "$(kafka_brokers)" "$config" && grep -qF "$(pg_url tillstream_ingest)" "$config" &&
        grep -qF "$root/deploy/fees/" "$config"
}

write_config() {
    local fees=$root/deploy/fees
    cat >"$dir/tillstream.yaml.part" <<X
kafka:
  brokers: "$(kafka_brokers)"
  group: tillstream
  topics: {orders: orders, ad_spend: ad-spend, refunds: refunds, settlements: settlements, catalog: catalog}
postgres:
  dsn: "$(pg_url tillstream_ingest)"
  password_file: "$dir/secrets/ingest"
  owner_dsn: "$(pg_url tillstream_owner)"
  owner_password_file: "$dir/secrets/owner"
shops:
  default: {timezone: America/Los_Angeles, fees: "$fees/tiktok-us.yaml"}
  "shop-1": {timezone: America/Los_Angeles, fees: "$fees/tiktok-us.yaml"}
  "shop-2": {timezone: America/New_York, fees: "$fees/shopify-payments-us.yaml"}
  "shop-3": {timezone: America/New_York, fees: "$fees/tiktok-us.yaml"}
  "shop-4": {timezone: Asia/Jakarta, fees: "$fees/none.yaml"}
  "shop-5": {timezone: Europe/London, fees: "$fees/none.yaml"}
  "uci-online-retail": {timezone: UTC, fees: "$fees/none.yaml"}
X
    mv -f "$dir/tillstream.yaml.part" "$dir/tillstream.yaml"
}

# DATABASE_URL is the superuser's, so the file is for the owner's eyes.
write_env() {
    (
        umask 077
        cat >"$dir/env.part" <<X
KAFKA_BROKERS=$(kafka_brokers)
DATABASE_URL=$(pg_url "postgres:$(<"$dir/secrets/superuser")")
OWNER_DATABASE_URL=$(pg_url "tillstream_owner:$(<"$dir/secrets/owner")")
READER_DATABASE_URL=$(pg_url "tillstream_reader:$(<"$dir/secrets/reader")")
KAFKA_PID=$(pid_of "$kafka_pid_file" || true)
POSTGRES_PID=$(pid_of "$pg_pid_file" || true)
KAFKA_LIBS='$kafka_libs'
X
    )
    mv -f "$dir/env.part" "$dir/env"
}
