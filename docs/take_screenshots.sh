#!/usr/bin/env bash
# Takes the pictures of the README from a running `make dev`: docs/take_screenshots.sh [URL]. Needs Chromium.
set -euo pipefail
url=${1:-http://localhost:3000}
folder="$(cd "$(dirname "$0")" && pwd)/screenshots"
connection=hollis_marr_e100
run=2025-05-16_103020250516102   # the pay run with the voided check

shot() {
  chromium --headless --no-sandbox --disable-gpu --disable-background-networking --disable-component-update \
    --disable-sync --disable-quic --no-first-run --hide-scrollbars --user-data-dir="$(mktemp -d)" \
    --window-size="${3:-1500,900}" --virtual-time-budget=25000 --screenshot="$folder/$1.png" "$url$2" 2>/dev/null
}

shot lineage "/asset-groups"
shot payroll "/locations/connector/asset-groups/${connection}_payroll"
shot reference "/locations/connector/asset-groups/${connection}_reference"
shot partition "/assets/$connection/journal_batch?view=partitions&partition=$run"
shot post "/assets/$connection/gl_post?view=partitions&partition=$run"
shot register "/assets/$connection/pay_checks?view=partitions&partition=$run"
shot check "/assets/$connection/pay_lines?view=checks"
ls -l "$folder"
