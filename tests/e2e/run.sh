#!/usr/bin/env bash
# The product on a cluster, end to end: images, apply, sweeps, scaling, rollouts, and faults; at the end the ledger and
# every score are checked against scikit-learn.
#
#   tests/e2e/run.sh [--short|--components|--everything|--storm MINUTES [--seed N]|--versions]
#       --short: apply, one sweep, a scale, a rollout, the ledger
#       --components: every edge of docs/components.md, and KEDA from none to three workers and back; the cluster needs
#       KEDA and a network that enforces policies, with its DNS as pods
#       --everything: all components that need nothing from outside at once, people who sign in, KEDA under faults; needs
#       what --components needs, Node.js with `npm ci` done in tests/support/oidc, Chromium, and a node on this machine
#       --storm: blows in random order for so long while sweeps come and go, then every ledger
#       --versions: images of two library versions side by side, and of this version of the product and a made-up next
#
# Environment: KUBECONFIG  the cluster; its namespace `boostgrid` is deleted before and after
#              BUILD       builds an image, 'docker build' by default
#              LOAD        brings an image onto the nodes, such as 'kind load docker-image'; empty where BUILD does
#              OVERLAY     k8s/overlays/local by default; tests/e2e/overlay has FerretDB in MongoDB's place
set -euo pipefail
cd "$(dirname "$0")/../.."
: "${KUBECONFIG:?names no cluster}"
BUILD=${BUILD:-docker build}
LOAD=${LOAD:-}
OVERLAY=${OVERLAY:-k8s/overlays/local}
python=$PWD/.venv/bin/python

# what is applied is a copy with passwords and tags of its own
copy=$(mktemp -d)
cleanup() {
    local status=$?
    kubectl delete namespace boostgrid --ignore-not-found --wait=false >/dev/null 2>&1 || true
    rm -rf "$copy"
    exit "$status"
}
trap cleanup EXIT
cp -r k8s "$copy/k8s"
mkdir -p "$copy/tests"
cp -r tests/e2e "$copy/tests/e2e"
rm -f "$copy/k8s/overlays/local/secrets.env"
"$copy/k8s/make-secrets" "$copy/k8s/overlays/local" >/dev/null

kubectl delete namespace boostgrid --ignore-not-found --timeout=180s

tags='e2e-1 e2e-2'
case "${1:-}" in --versions | --everything | --storm) tags=e2e-1 ;; esac
for tag in $tags; do
    begun=$SECONDS
    make --no-print-directory images TAG=$tag BUILD="$BUILD" >"$copy/build.log" 2>&1 || {
        cat "$copy/build.log"
        exit 1
    }
    for image in boostgrid-worker boostgrid-dashboard; do
        [ -z "$LOAD" ] || $LOAD "$image:$tag"
    done
    echo "images $tag: $((SECONDS - begun)) s"
done

# derived KIND FROM TO: an image of tests/e2e/images on top of one of the above
derived() {
    sed "s|^ARG IMAGE$|ARG IMAGE=$2|" "tests/e2e/images/$1.Dockerfile" >"$copy/Dockerfile"
    cp tests/e2e/images/newer.py "$copy/"
    mkdir -p "$copy/image" && mv "$copy/Dockerfile" "$copy/newer.py" "$copy/image/"
    $BUILD -t "$3" "$copy/image" >"$copy/build.log" 2>&1 || {
        cat "$copy/build.log"
        exit 1
    }
    [ -z "$LOAD" ] || $LOAD "$3"
}
if [ "${1:-}" = --versions ]; then
    derived older boostgrid-worker:e2e-1 boostgrid-worker:e2e-older
    for image in boostgrid-worker boostgrid-dashboard; do
        derived newer "$image:e2e-1" "$image:e2e-newer"
    done
fi

"$python" -m tests.e2e.story --root "$copy" --overlay "$OVERLAY" "$@"
