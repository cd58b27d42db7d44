# SPDX-License-Identifier: GPL-2.0-or-later
# Small packages built by rpmbuild, and lists of what a database has of them.
# Sourced.
# shellcheck shell=bash

# rpm_spec NAME EPOCH VERSION RELEASE ARCH URL SUMMARY DESCRIPTION
rpm_spec()
{
    cat <<EOS
Name: $1
${2:+Epoch: $2}
Version: $3
Release: $4
Summary: $7
License: MIT
BuildArch: $5
${6:+URL: $6}
%description
$8
%files
EOS
}

# rpm_packages FOLDER: packages with all that can be said of one, or nothing;
# a few are the same but for their names, so that there is more than a page.
rpm_packages()
{
    local top=$1 i
    mkdir -p "$top/SPECS"
    rpm_spec hello '' 2.12.1 3.fc40 noarch https://www.example.org/hello \
        'A greeting' $'Greets.\n\nTwice, and\n  with an indented line.' \
        >"$top/SPECS/hello.spec"
    rpm_spec vim-minimal 2 9.1.031 1.fc40 noarch '' \
        'Ein kleiner Editor – für alle' \
        'Mehr "Text" mit & und <spitzen> Klammern, 100 %% UTF-8: ☃.' \
        >"$top/SPECS/vim-minimal.spec"
    rpm_spec huge 4294967295 '0~rc1^git5' 0 noarch \
        'https://www.example.org/?a=1&b=2' 'A long description' \
        "$(seq -f 'line %g of what nobody reads to its end' 1200)" \
        >"$top/SPECS/huge.spec"
    for ((i = 0; i < 60; i++)); do
        rpm_spec "filler-$i" '' "1.$i" 1 noarch "https://www.example.org/$i" \
            "Package number $i" "It fills the database, $i times." \
            >"$top/SPECS/filler-$i.spec"
    done
    rpmbuild --quiet -D "_topdir $top" -D 'debug_package %nil' \
        -D '__os_install_post %nil' -D '_build_id_links none' \
        -bb "$top"/SPECS/*.spec >"$top/log" 2>&1 || {
        cat "$top/log" >&2
        return 1
    }
}

# rpm_list COMMAND...: what the real rpm reads, as list-applications prints it.
# The command gets the arguments of a query after its own.
rpm_list()
{
    local fields
    fields=$'%{NAME}\1%{EPOCHNUM}\1%{VERSION}\1%{RELEASE}\1%{ARCH}\1'
    fields+=$'%|URL?{%{URL}}|\1%|SOURCERPM?{%{SOURCERPM}}|\1%{SUMMARY}\1%{DESCRIPTION}\2'
    "$@" -qa --qf "$fields" | python3 -c '
import sys
esc = lambda s: s.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")
for record in sys.stdin.buffer.read().decode().split("\2")[:-1]:
    name, epoch, version, release, arch, url, source, summary, text = map(esc, record.split("\1"))
    print("rpm", name, "", epoch, version, release, arch, "", "", url, source, summary, text, "",
          sep="\t")
' | sort
}
