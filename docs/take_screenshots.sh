#!/usr/bin/env bash
# Takes the pictures of docs/screenshots from a running `make dev`: docs/take_screenshots.sh [URL]. Needs Chromium.
# For the picture of a backfill it starts one that builds every journal of a connection anew and sends nothing.
set -euo pipefail
url=${1:-http://localhost:3000}
folder="$(cd "$(dirname "$0")" && pwd)/screenshots"
connection=hollis_marr_e100
run=2025-05-16_103020250516102   # the pay run with the voided check

shot() {   # name, path, size
  local profile
  profile="$(mktemp -d)"
  chromium --headless --no-sandbox --disable-gpu --disable-background-networking --disable-component-update \
    --disable-sync --disable-quic --no-first-run --hide-scrollbars --user-data-dir="$profile" \
    --window-size="${3:-1500,900}" --virtual-time-budget=25000 --screenshot="$folder/$1.png" "$url$2" 2>/dev/null
  rm -rf "$profile"
}

backfill="$(python3 - "$url" "$connection" <<'PYTHON'
import json, sys, urllib.request

url, connection = sys.argv[1:]
key = {"path": [connection, "journal_batch"]}


def ask(query, **variables):
    body = json.dumps({"query": query, "variables": variables}).encode()
    request = urllib.request.Request(f"{url}/graphql", body, {"Content-Type": "application/json"})
    return json.load(urllib.request.urlopen(request))["data"]


(node,) = ask("query($k: [AssetKeyInput!]) { assetNodes(assetKeys: $k) { partitionKeys } }", k=[key])["assetNodes"]
wanted = {"title": "Journals built anew", "assetSelection": [key], "partitionNames": node["partitionKeys"]}
launch = "mutation($p: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $p) "
print(ask(launch + "{ ... on LaunchBackfillSuccess { backfillId } } }", p=wanted)["launchPartitionBackfill"]["backfillId"])
PYTHON
)"

shot lineage "/asset-groups" 1600,1100
shot payroll "/locations/connector/asset-groups/${connection}_payroll" 1700,800
shot purchasing "/locations/connector/asset-groups/hollis_marr_purchasing_bills" 1700,700
shot reference "/locations/connector/asset-groups/${connection}_reference"
shot partition "/assets/$connection/journal_batch?view=partitions&partition=$run" 1500,1100
shot post "/assets/$connection/gl_post?view=partitions&partition=$run"
shot register "/assets/$connection/pay_checks?view=overview" 1500,1400
shot check "/assets/hollis_marr_purchasing/bill_alignment?view=checks&checkDetail=p21_locations_named"
shot checks "/assets/$connection/journal_batch?view=checks" 1500,1300
shot automation "/automation" 1500,1100
shot pools "/deployment/concurrency" 1500,600
shot backfill "/runs/b/$backfill" 1500,700
ls -l "$folder"
