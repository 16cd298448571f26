# A PostgreSQL server of our own, beside the one that Debian may run: own data folder, own port, loopback only, a password.
# Sourced by deploy/local/run and deploy/test, after processes.sh. PostgreSQL refuses to run as root; root lends it to the
# user `postgres` that Debian's package made.

postgres_user_command=()
[ "$(id -u)" != 0 ] || postgres_user_command=(setpriv --reuid=postgres --regid=postgres --init-groups --)

# postgres_folder WANTED: where the data can really be. Root's home is closed to the user postgres; then it is a folder in
# that user's own home, the same one at every start.
postgres_folder() {
    local wanted=$1
    mkdir -p "$wanted"
    if [ "$(id -u)" = 0 ] && ! "${postgres_user_command[@]}" test -x "$wanted"; then
        rmdir "$wanted"
        wanted=/var/lib/postgresql/iris-$(printf %s "$wanted" | sha256sum | cut -c1-12)
        mkdir -p "$wanted"
    fi
    [ "$(id -u)" != 0 ] || chown postgres:postgres "$wanted"
    chmod 0700 "$wanted"
    echo "$wanted"
}

# The newest installed version, or the one that wrote the data.
postgres_programs() {
    local data=$1 version
    version=$(cat "$data/PG_VERSION" 2>/dev/null || ls /usr/lib/postgresql | sort -n | tail -n 1)
    [ -x "/usr/lib/postgresql/$version/bin/postgres" ] \
        || fail "PostgreSQL $version is not installed" "deploy/install --run installs it; the data is in $data"
    echo "/usr/lib/postgresql/$version/bin"
}

# postgres_create FOLDER PASSWORD_FILE INITDB_ARGUMENT...: once; into a temporary name first, so that half of it is never used.
postgres_create() {
    local folder=$1 password_file=$2 programs
    shift 2
    [ ! -e "$folder/data/PG_VERSION" ] || return 0
    programs=$(postgres_programs "$folder/data")
    rm -rf "$folder/data.new"
    # The user postgres cannot read our file, and initdb wants the name of one.
    cp "$password_file" "$folder/password.new"
    [ "$(id -u)" != 0 ] || chown postgres:postgres "$folder/password.new"
    "${postgres_user_command[@]}" "$programs/initdb" --pgdata "$folder/data.new" --username iris --encoding UTF8 \
        --locale C.UTF-8 --auth scram-sha-256 --pwfile "$folder/password.new" "$@" >"$log_dir/initdb.log" 2>&1 \
        || fail "initdb failed; the end of its log:" "$(tail -n 10 "$log_dir/initdb.log")"
    rm "$folder/password.new"
    mv "$folder/data.new" "$folder/data"
}

# postgres_start FOLDER PORT SETTING...
postgres_start() {
    local folder=$1 port=$2 programs setting settings=()
    shift 2
    programs=$(postgres_programs "$folder/data")
    for setting in "$@"; do settings+=(-c "$setting"); done
    start postgres "${postgres_user_command[@]}" "$programs/postgres" -D "$folder/data" -h 127.0.0.1 -p "$port" \
        -c unix_socket_directories= "${settings[@]}"
    wait_until 30 postgres "$programs/pg_isready" -q -h 127.0.0.1 -p "$port"
}
