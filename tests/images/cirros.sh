#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A phony CirrOS, which has a logo in letters.
#   cirros.img   the whole disk is ext3: CirrOS 0.6.2

# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source-path=SCRIPTDIR source=linux.sh
. "$(dirname "$0")/linux.sh"

linux_tree "$scratch/tree" buildroot 2022.02.4 cirros.example.org <<'EOS'
/dev/root / auto rw,noauto 0 1
EOS
mkdir -p "$scratch/tree/etc/cirros" "$scratch/tree/usr/share/cirros"
echo 0.6.2 >"$scratch/tree/etc/cirros/version"
cat >"$scratch/tree/usr/share/cirros/logo" <<'EOS'
   .--.   ___  _   _   ____
  ( c  ) / __|| | | | / __/   phony
   `--' | |__ | |_| | \__ \
         \___| \___/  |___/
     https://www.example.org/
EOS
make_ext ext3 cirros.img 16 "$scratch/tree" -U "$(uuid 1)"
