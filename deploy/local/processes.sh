# Background processes with a pid file and a log each; sourced by deploy/local/run and deploy/test.
# Wants: $run_dir (pid files) and $log_dir (logs). Only processes whose start time matches their pid file are signalled, so
# a number that the kernel has given to somebody else in the meantime is left alone.

say() { echo "iris: $*"; }

fail() {
    echo "iris: $1" >&2
    shift
    for line in "$@"; do echo "      $line" >&2; done
    exit 1
}

# When a process was started, in clock ticks since boot: field 22 of its stat, counted behind the name in brackets.
start_time_of() {
    local stat
    stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
    stat=${stat##*) }
    set -- $stat
    [ "$1" != Z ] && echo "${20}"
}

# start NAME COMMAND...: in a session of its own, so that Ctrl-C reaches this script only and things stop in order.
start() {
    local name=$1
    shift
    setsid "$@" >>"$log_dir/$name.log" 2>&1 </dev/null &
    echo "$! $(start_time_of $!)" >"$run_dir/$name.pid"
}

pid_of() {
    local pid started
    read -r pid started 2>/dev/null <"$run_dir/$1.pid" || return 1
    [ -n "$started" ] && [ "$(start_time_of "$pid")" = "$started" ] && echo "$pid"
}

is_running() { pid_of "$1" >/dev/null; }

# stop SIGNAL NAME...: asks all of them at once, waits, and kills what has not ended after 15 s (services drain in 10).
stop() {
    local signal=$1 name pid ended
    shift
    for name in "$@"; do
        if pid=$(pid_of "$name"); then kill -s "$signal" "$pid" 2>/dev/null || true; fi
    done
    for name in "$@"; do
        for ((ended = 0; ended < 150; ended++)); do
            is_running "$name" || break
            sleep 0.1
        done
        if pid=$(pid_of "$name"); then
            say "$name does not stop: killed; its log: $log_dir/$name.log"
            kill -s KILL "$pid" 2>/dev/null || true
        fi
        rm -f "$run_dir/$name.pid"
    done
}

# wait_until SECONDS NAME COMMAND...: until the command succeeds; fails at once when the process NAME ends.
wait_until() {
    local seconds=$1 name=$2 tries
    shift 2
    for ((tries = 0; tries < seconds * 10; tries++)); do
        "$@" >/dev/null 2>&1 && return 0
        is_running "$name" || fail "$name ended while starting; the end of $log_dir/$name.log:" "$(tail -n 15 "$log_dir/$name.log")"
        sleep 0.1
    done
    fail "$name is not ready after $seconds s; the end of $log_dir/$name.log:" "$(tail -n 15 "$log_dir/$name.log")"
}

port_is_open() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# require_free PORT WHAT VARIABLE
require_free() {
    ! port_is_open "$1" || fail "port $1 for $2 is taken by another program" "choose another one: $3=... make demo"
}

random_secret() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
