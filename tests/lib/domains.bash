# SPDX-License-Identifier: GPL-2.0-or-later
# Domains of libvirt's test driver for bats tests; load with "load lib/domains".
# shellcheck shell=bash

# requires_domains: skips the test where guestutils was built without libvirt.
requires_domains()
{
	[ -x "$TOP_BUILDDIR/tools/domains/guestutils-domains" ] || skip "built without libvirt"
	nodes=
	n_nodes=0
}

# disk NAME FILE [FORMAT [MORE]]: one of a domain
disk()
{
	echo "<disk type='file' device='disk'><driver name='qemu' type='${3:-qcow2}'/>
		<source file='$2'/><target dev='$1'/>${4:-}</disk>"
}

# domain NAME STATE DISKS: one more; 5 is shut off, 1 running. All that there are so far are at $uri;
# the last digit of a UUID is the number of those before it.
domain()
{
	nodes+="<domain type='test'><name>$1</name><memory>1024</memory>
		<uuid>00000001-1111-4222-8333-44444444444$n_nodes</uuid><os><type>hvm</type></os>
		<test:runstate>$2</test:runstate><devices>$3</devices></domain>"
	n_nodes=$((n_nodes + 1))
	echo "<node xmlns:test='http://libvirt.org/schemas/domain/test/1.0'>$nodes</node>" >node.xml
	uri=test://$PWD/node.xml
	: "$uri"
}
