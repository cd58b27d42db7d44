/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A tree for each distribution and family that is known, with what is right about it. */
#include "trees.h"

#include "util/cleanup.h"

#define LINUX "etc/fstab=", "bin/bash@x86_64"

const struct tree trees[] = {
	/* ---- os-release, and files that know more */
	{ "alpine",
	  { LINUX, "etc/os-release=NAME=\"Alpine Linux\"\nID=alpine\nVERSION_ID=3.18.4\n"
		   "PRETTY_NAME=\"Alpine Linux v3.18\"\n",
	    "etc/hostname=box\n", "sbin/init -> /bin/busybox", "bin/busybox@x86_64", "sbin/openrc=",
	    "etc/inittab=" },
	  "type=linux\narch=x86_64\ndistro=alpinelinux\nproduct=Alpine Linux v3.18\n"
	    "version=3.18\nformat=apk\nmanagement=apk\nhostname=box\nosinfo=alpinelinux3.18\n"
	    "id=alpine\nversion_id=3.18.4\ninit=openrc\n" },
	{ "alpine-without-openrc",
	  { LINUX, "etc/alpine-release=3.4.6\n", "sbin/init -> /bin/busybox", "bin/busybox=",
	    "etc/inittab=" },
	  "type=linux\narch=x86_64\ndistro=alpinelinux\nproduct=3.4.6\nversion=3.4\n"
	    "format=apk\nmanagement=apk\nosinfo=alpinelinux3.4\ninit=busybox\n" },
	{ "altlinux",
	  { LINUX, "etc/os-release=ID=altlinux\nVERSION_ID=10.1\nPRETTY_NAME=\"ALT Server 10.1\"\n" },
	  "type=linux\narch=x86_64\ndistro=altlinux\nproduct=ALT Server 10.1\nversion=10.1\n"
	    "format=rpm\nmanagement=apt\nosinfo=alt10.1\nid=altlinux\nversion_id=10.1\n" },
	{ "altlinux-old", { LINUX, "etc/altlinux-release=ALT Linux 7.0.5 Centaurus\n" },
	  "type=linux\narch=x86_64\ndistro=altlinux\nproduct=ALT Linux 7.0.5 Centaurus\n"
	    "version=7.0\nformat=rpm\nmanagement=apt\nosinfo=altlinux7.0\n" },
	{ "arch",
	  { LINUX, "etc/os-release=NAME=\"Arch Linux\"\nPRETTY_NAME=\"Arch Linux\"\nID=arch\n"
		   "BUILD_ID=rolling\n",
	    "etc/arch-release=", "usr/lib/systemd/systemd=", "usr/bin/init -> ../lib/systemd/systemd",
	    "sbin -> usr/bin" },
	  "type=linux\narch=x86_64\ndistro=archlinux\nproduct=Arch Linux\nformat=pacman\n"
	    "management=pacman\nbuild=rolling\nosinfo=archlinux\nid=arch\ninit=systemd\n" },
	{ "arch-old", { LINUX, "etc/arch-release=" },
	  "type=linux\narch=x86_64\ndistro=archlinux\nformat=pacman\nmanagement=pacman\n"
	    "osinfo=archlinux\n" },
	{ "buildroot",
	  { LINUX, "etc/os-release=NAME=Buildroot\nID=buildroot\nVERSION_ID=2023.02\n"
		   "PRETTY_NAME=\"Buildroot 2023.02\"\n", "etc/inittab=", "sbin/init -> ../bin/busybox",
	    "bin/busybox=" },
	  "type=linux\narch=x86_64\ndistro=buildroot\nproduct=Buildroot 2023.02\n"
	    "version=2023.2\nosinfo=buildroot2023.2\nid=buildroot\nversion_id=2023.02\n"
	    "init=busybox\n" },
	{ "buildroot-old", { LINUX, "etc/br-version=2012.05-git\n" },
	  "type=linux\narch=x86_64\ndistro=buildroot\nproduct=2012.05-git\nversion=2012.5\n"
	    "osinfo=buildroot2012.5\n" },
	{ "centos-6",
	  { LINUX, "etc/centos-release=CentOS release 6.10 (Final)\n",
	    "etc/redhat-release=CentOS release 6.10 (Final)\n",
	    "etc/sysconfig/network=NETWORKING=yes\nHOSTNAME=\"old.example.com\"\n",
	    "etc/init/rcS.conf=", "etc/inittab=", "sbin/init=" },
	  "type=linux\narch=x86_64\ndistro=centos\nproduct=CentOS release 6.10 (Final)\n"
	    "version=6.10\nformat=rpm\nmanagement=yum\nhostname=old.example.com\n"
	    "osinfo=centos6.10\ninit=upstart\n" },
	{ "centos-4-update",
	  { LINUX, "etc/redhat-release=CentOS release 4 (Final Update 7)\n", "etc/inittab=" },
	  "type=linux\narch=x86_64\ndistro=centos\nproduct=CentOS release 4 (Final Update 7)\n"
	    "version=4.7\nformat=rpm\nmanagement=up2date\nosinfo=centos4.7\ninit=sysvinit\n" },
	{ "centos-7",
	  { LINUX, "etc/os-release=ID=\"centos\"\nVERSION_ID=\"7\"\nID_LIKE=\"rhel fedora\"\n"
		   "PRETTY_NAME=\"CentOS Linux 7 (Core)\"\n",
	    "etc/centos-release=CentOS Linux release 7.9.2009 (Core)\n",
	    "etc/redhat-release -> centos-release", "sbin/init -> ../lib/systemd/systemd" },
	  "type=linux\narch=x86_64\ndistro=centos\n"
	    "product=CentOS Linux release 7.9.2009 (Core)\nversion=7.9\nformat=rpm\n"
	    "management=yum\nosinfo=centos7.0\nid=centos\nversion_id=7\ninit=systemd\n" },
	{ "centos-stream",
	  { LINUX, "etc/os-release=ID=\"centos\"\nVERSION_ID=\"9\"\nPRETTY_NAME=\"CentOS Stream 9\"\n",
	    "etc/centos-release=CentOS Stream release 9\n" },
	  "type=linux\narch=x86_64\ndistro=centos\nproduct=CentOS Stream release 9\n"
	    "version=9.0\nformat=rpm\nmanagement=dnf\nosinfo=centos9\nid=centos\nversion_id=9\n" },
	{ "circle",
	  { LINUX, "etc/os-release=ID=circle\nVERSION_ID=8\nPRETTY_NAME=\"Circle Linux 8\"\n",
	    "etc/circle-release=Circle Linux release 8.4\n" },
	  "type=linux\narch=x86_64\ndistro=circle\nproduct=Circle Linux release 8.4\n"
	    "version=8.4\nformat=rpm\nmanagement=dnf\nosinfo=circle8\nid=circle\nversion_id=8\n" },
	{ "circle-by-redhat-release", { LINUX, "etc/redhat-release=Circle Linux release 8.5\n" },
	  "type=linux\narch=x86_64\ndistro=circle\nproduct=Circle Linux release 8.5\n"
	    "version=8.5\nformat=rpm\nmanagement=dnf\nosinfo=circle8\n" },
	{ "cirros",
	  { LINUX, "etc/os-release=ID=buildroot\nVERSION_ID=2019.02\nPRETTY_NAME=\"Buildroot\"\n",
	    "etc/cirros/version=0.5.2\n", "usr/share/cirros/logo=logo" },
	  "type=linux\narch=x86_64\ndistro=cirros\nproduct=0.5.2\nversion=0.5\n"
	    "osinfo=cirros0.5\nid=buildroot\nversion_id=2019.02\n" },
	{ "cirros-old", { LINUX, "etc/br-version=2011.05\n", "usr/share/cirros/logo=logo" },
	  "type=linux\narch=x86_64\ndistro=cirros\nproduct=2011.05\nversion=2011.5\n"
	    "osinfo=cirros2011.5\n" },
	{ "coreos",
	  { "etc/coreos/update.conf=GROUP=stable\n", "root/", "home/", "usr/", "etc/hostname=core\n" },
	  "type=linux\ndistro=coreos\nhostname=core\n" },
	{ "coreos-with-usr",
	  { "etc/coreos/update.conf=GROUP=stable\n", "root/", "home/",
	    "usr/lib/os-release=NAME=CoreOS\nID=coreos\nVERSION_ID=1122.2.0\nBUILD_ID=2016-09-06\n"
	    "PRETTY_NAME=\"CoreOS 1122.2.0 (MoreOS)\"\n",
	    "usr/bin/bash@x86_64", "bin -> usr/bin" },
	  "type=linux\narch=x86_64\ndistro=coreos\nproduct=CoreOS 1122.2.0 (MoreOS)\n"
	    "version=1122.2\nbuild=2016-09-06\nosinfo=coreos1122.2\nid=coreos\n"
	    "version_id=1122.2.0\n" },
	{ "coreos-by-lsb-release",
	  { "etc/coreos/update.conf=", "root/", "home/", "etc/hosts=", "bin/",
	    "usr/share/coreos/lsb-release=DISTRIB_ID=CoreOS\nDISTRIB_RELEASE=647.0.0\n"
	    "DISTRIB_DESCRIPTION=\"CoreOS 647.0.0\"\n" },
	  "type=linux\ndistro=coreos\nproduct=CoreOS 647.0.0\nversion=647.0\n"
	    "osinfo=coreos647.0\n" },
	{ "debian-12",
	  { LINUX, "etc/os-release -> ../usr/lib/os-release",
	    "usr/lib/os-release=PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n"
	    "NAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\nVERSION=\"12 (bookworm)\"\nID=debian\n",
	    "etc/debian_version=12.5\n", "etc/hostname=# a comment\n\n deb.example.com \n",
	    "sbin/init -> /lib/systemd/systemd", "lib/systemd/systemd=" },
	  "type=linux\narch=x86_64\ndistro=debian\nproduct=12.5\nversion=12.5\nformat=deb\n"
	    "management=apt\nhostname=deb.example.com\nosinfo=debian12\nid=debian\n"
	    "version_id=12\ninit=systemd\n" },
	{ "debian-12-without-debian_version",
	  { LINUX, "etc/os-release=PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nVERSION_ID=\"12\"\n"
		   "ID=debian\n" },
	  "type=linux\narch=x86_64\ndistro=debian\nproduct=Debian GNU/Linux 12 (bookworm)\n"
	    "version=12.0\nformat=deb\nmanagement=apt\nosinfo=debian12\nid=debian\n"
	    "version_id=12\n" },
	{ "debian-sid",
	  { LINUX, "etc/os-release=PRETTY_NAME=\"Debian GNU/Linux trixie/sid\"\nID=debian\n",
	    "etc/debian_version=trixie/sid\n" },
	  "type=linux\narch=x86_64\ndistro=debian\nproduct=trixie/sid\nformat=deb\n"
	    "management=apt\nid=debian\n" },
	{ "debian-5", { LINUX, "etc/debian_version=5.0.1\n", "etc/inittab=", "sbin/init=" },
	  "type=linux\narch=x86_64\ndistro=debian\nproduct=5.0.1\nversion=5.0\nformat=deb\n"
	    "management=apt\nosinfo=debian5\ninit=sysvinit\n" },
	{ "fedora",
	  { LINUX, "etc/os-release=ID=fedora\nVERSION_ID=39\nPRETTY_NAME=\"Fedora Linux 39 (Server)\"\n"
		   "VARIANT_ID=server\n",
	    "usr/bin/dnf-3=", "usr/bin/dnf -> dnf-3", "etc/redhat-release=Fedora release 39\n" },
	  "type=linux\narch=x86_64\ndistro=fedora\nproduct=Fedora Linux 39 (Server)\n"
	    "version=39.0\nformat=rpm\nmanagement=dnf\nosinfo=fedora39\nid=fedora\n"
	    "version_id=39\n" },
	{ "fedora-18",
	  { LINUX, "etc/os-release=ID=fedora\nVERSION_ID=18\nPRETTY_NAME='Fedora 18'\n" },
	  "type=linux\narch=x86_64\ndistro=fedora\nproduct=Fedora 18\nversion=18.0\n"
	    "format=rpm\nmanagement=yum\nosinfo=fedora18\nid=fedora\nversion_id=18\n" },
	{ "fedora-14", { LINUX, "etc/redhat-release=Fedora release 14 (Laughlin)\n" },
	  "type=linux\narch=x86_64\ndistro=fedora\nproduct=Fedora release 14 (Laughlin)\n"
	    "version=14.0\nformat=rpm\nmanagement=yum\nosinfo=fedora14\n" },
	{ "fedora-coreos",
	  { "usr/lib/os-release=ID=fedora\nVERSION_ID=38\nPRETTY_NAME=\"Fedora CoreOS 38\"\n"
	    "VARIANT_ID=coreos\n", "etc/os-release -> ../usr/lib/os-release", "usr/bin/rpm-ostree=",
	    "usr/bin/bash@aarch64", "bin -> usr/bin", "usr/share/rpm/" },
	  "type=linux\narch=aarch64\ndistro=fedora\nproduct=Fedora CoreOS 38\nversion=38.0\n"
	    "format=rpm\nmanagement=rpm-ostree\nosinfo=fedora38\nid=fedora\nversion_id=38\n" },
	{ "frugalware", { LINUX, "etc/frugalware-release=Frugalware 1.9 (Mores)\n" },
	  "type=linux\narch=x86_64\ndistro=frugalware\nproduct=Frugalware 1.9 (Mores)\n"
	    "version=1.9\nosinfo=frugalware1.9\n" },
	{ "gentoo",
	  { LINUX, "etc/os-release=NAME=Gentoo\nID=gentoo\nPRETTY_NAME=\"Gentoo Linux\"\n",
	    "etc/gentoo-release=Gentoo Base System release 2.14\n",
	    "etc/conf.d/hostname=# x\nhostname=\"larry\" # the cow\n", "sbin/init=", "sbin/openrc=",
	    "etc/inittab=" },
	  "type=linux\narch=x86_64\ndistro=gentoo\nproduct=Gentoo Linux\nformat=ebuild\n"
	    "management=portage\nhostname=larry\nosinfo=gentoo\nid=gentoo\ninit=openrc\n" },
	{ "gentoo-old", { LINUX, "etc/gentoo-release=Gentoo Base System release 2.0.2\n" },
	  "type=linux\narch=x86_64\ndistro=gentoo\nproduct=Gentoo Base System release 2.0.2\n"
	    "version=2.0\nformat=ebuild\nmanagement=portage\nosinfo=gentoo\n" },
	{ "kali",
	  { LINUX, "etc/os-release=ID=kali\nVERSION_ID=\"2023.3\"\n"
		   "PRETTY_NAME=\"Kali GNU/Linux Rolling\"\nID_LIKE=debian\n" },
	  "type=linux\narch=x86_64\ndistro=kalilinux\nproduct=Kali GNU/Linux Rolling\n"
	    "version=2023.3\nformat=deb\nmanagement=apt\nosinfo=kalilinux2023.3\nid=kali\n"
	    "version_id=2023.3\n" },
	{ "kylin",
	  { LINUX, "etc/os-release=ID=\"kylin\"\nVERSION_ID=\"V10\"\n"
		   "PRETTY_NAME=\"Kylin Linux Advanced Server V10 (Sword)\"\n" },
	  "type=linux\narch=x86_64\ndistro=kylin\n"
	    "product=Kylin Linux Advanced Server V10 (Sword)\nversion=10.0\nformat=rpm\n"
	    "management=dnf\nosinfo=kylin10.0\nid=kylin\nversion_id=V10\n" },
	{ "linuxmint",
	  { LINUX, "etc/os-release=ID=linuxmint\nVERSION_ID=\"21.2\"\nPRETTY_NAME=\"Linux Mint 21.2\"\n"
		   "ID_LIKE=\"ubuntu debian\"\n",
	    "etc/lsb-release=DISTRIB_ID=LinuxMint\nDISTRIB_RELEASE=21.2\nDISTRIB_CODENAME=victoria\n"
	    "DISTRIB_DESCRIPTION=\"Linux Mint 21.2 Victoria\"\n" },
	  "type=linux\narch=x86_64\ndistro=linuxmint\nproduct=Linux Mint 21.2 Victoria\n"
	    "version=21.2\nformat=deb\nmanagement=apt\nosinfo=linuxmint21.2\nid=linuxmint\n"
	    "version_id=21.2\n" },
	{ "mageia",
	  { LINUX, "etc/os-release=ID=mageia\nVERSION_ID=9\nPRETTY_NAME=\"Mageia 9\"\n" },
	  "type=linux\narch=x86_64\ndistro=mageia\nproduct=Mageia 9\nversion=9.0\nformat=rpm\n"
	    "management=urpmi\nosinfo=mageia9\nid=mageia\nversion_id=9\n" },
	{ "mageia-by-lsb-release",
	  { LINUX, "etc/lsb-release=DISTRIB_ID=\"Mageia\"\nDISTRIB_RELEASE=2\n"
		   "DISTRIB_DESCRIPTION=\"Mageia 2\"\n" },
	  "type=linux\narch=x86_64\ndistro=mageia\nproduct=Mageia 2\nversion=2.0\nformat=rpm\n"
	    "management=urpmi\nosinfo=mageia2\n" },
	{ "mandriva",
	  { LINUX, "etc/lsb-release=LSB_VERSION=lsb-4.0-amd64\nDISTRIB_ID=MandrivaLinux\n"
		   "DISTRIB_RELEASE=2010.1\nDISTRIB_DESCRIPTION=\"Mandriva Linux 2010.1\"\n" },
	  "type=linux\narch=x86_64\ndistro=mandriva\nproduct=Mandriva Linux 2010.1\n"
	    "version=2010.1\nformat=rpm\nmanagement=urpmi\nosinfo=mandriva2010.1\n" },
	{ "meego", { LINUX, "etc/meego-release=MeeGo release 1.2 (MeeGo)\n" },
	  "type=linux\narch=x86_64\ndistro=meego\nproduct=MeeGo release 1.2 (MeeGo)\n"
	    "version=1.2\nformat=rpm\nmanagement=yum\nosinfo=meego1.2\n" },
	{ "neokylin",
	  { LINUX, "etc/os-release=ID=\"neokylin\"\nVERSION_ID=\"V7Update6\"\n"
		   "PRETTY_NAME=\"NeoKylin Linux Advanced Server V7Update6\"\n" },
	  "type=linux\narch=x86_64\ndistro=neokylin\n"
	    "product=NeoKylin Linux Advanced Server V7Update6\nversion=7.6\nformat=rpm\n"
	    "management=dnf\nosinfo=neokylin7.6\nid=neokylin\nversion_id=V7Update6\n" },
	{ "opencloudos",
	  { LINUX, "etc/os-release=ID=\"opencloudos\"\nVERSION_ID=\"8.6\"\n"
		   "PRETTY_NAME=\"OpenCloudOS 8.6\"\n" },
	  "type=linux\narch=x86_64\ndistro=opencloudos\nproduct=OpenCloudOS 8.6\nversion=8.6\n"
	    "format=rpm\nmanagement=dnf\nosinfo=opencloudos8.6\nid=opencloudos\nversion_id=8.6\n" },
	{ "opencloudos-by-file",
	  { LINUX, "etc/opencloudos-release=OpenCloudOS release 9.0\n",
	    "etc/redhat-release -> opencloudos-release" },
	  "type=linux\narch=x86_64\ndistro=opencloudos\nproduct=OpenCloudOS release 9.0\n"
	    "version=9.0\nformat=rpm\nmanagement=dnf\nosinfo=opencloudos9.0\n" },
	{ "openeuler",
	  { LINUX, "etc/os-release=ID=\"openEuler\"\nVERSION_ID=\"22.03\"\n"
		   "PRETTY_NAME=\"openEuler 22.03 (LTS-SP2)\"\n" },
	  "type=linux\narch=x86_64\ndistro=openeuler\nproduct=openEuler 22.03 (LTS-SP2)\n"
	    "version=22.3\nformat=rpm\nmanagement=dnf\nosinfo=openeuler22.3\nid=openEuler\n"
	    "version_id=22.03\n" },
	{ "openmandriva",
	  { LINUX, "etc/os-release=ID=\"openmandriva\"\nVERSION_ID=\"4.3\"\n"
		   "PRETTY_NAME=\"OpenMandriva Lx 4.3\"\n" },
	  "type=linux\narch=x86_64\ndistro=openmandriva\nproduct=OpenMandriva Lx 4.3\n"
	    "version=4.3\nformat=rpm\nmanagement=dnf\nosinfo=openmandriva4.3\nid=openmandriva\n"
	    "version_id=4.3\n" },
	{ "openmandriva-by-file",
	  { LINUX, "etc/openmandriva-release=OpenMandriva Lx release 3.0.2 (Einsteinium) for x86_64\n",
	    "etc/redhat-release -> openmandriva-release" },
	  "type=linux\narch=x86_64\ndistro=openmandriva\n"
	    "product=OpenMandriva Lx release 3.0.2 (Einsteinium) for x86_64\nversion=3.0\n"
	    "format=rpm\nmanagement=dnf\nosinfo=openmandriva3.0\n" },
	{ "opensuse-leap",
	  { LINUX, "etc/os-release=ID=\"opensuse-leap\"\nVERSION_ID=\"15.5\"\n"
		   "PRETTY_NAME=\"openSUSE Leap 15.5\"\nID_LIKE=\"suse opensuse\"\n",
	    "etc/HOSTNAME=suse.example.com\n", "etc/hostname=other\n" },
	  "type=linux\narch=x86_64\ndistro=opensuse\nproduct=openSUSE Leap 15.5\nversion=15.5\n"
	    "format=rpm\nmanagement=zypper\nhostname=suse.example.com\nosinfo=opensuse15.5\n"
	    "id=opensuse-leap\nversion_id=15.5\n" },
	{ "opensuse-microos",
	  { LINUX, "etc/os-release=ID=\"opensuse-microos\"\nVERSION_ID=\"20240101\"\n"
		   "PRETTY_NAME=\"openSUSE MicroOS\"\n" },
	  "type=linux\narch=x86_64\ndistro=opensuse\nproduct=openSUSE MicroOS\n"
	    "version=20240101.0\nformat=rpm\nmanagement=zypper\nosinfo=opensuse20240101.0\n"
	    "id=opensuse-microos\nversion_id=20240101\n" },
	{ "opensuse-11",
	  { LINUX, "etc/SuSE-release=openSUSE 11.4 (x86_64)\nVERSION = 11.4\nCODENAME = Celadon\n" },
	  "type=linux\narch=x86_64\ndistro=opensuse\nproduct=openSUSE 11.4 (x86_64)\n"
	    "version=11.4\nformat=rpm\nmanagement=zypper\nosinfo=opensuse11.4\n" },
	{ "oraclelinux",
	  { LINUX, "etc/os-release=ID=\"ol\"\nVERSION_ID=\"8.5\"\nID_LIKE=\"fedora\"\n"
		   "PRETTY_NAME=\"Oracle Linux Server 8.5\"\n",
	    "etc/oracle-release=Oracle Linux Server release 8.5\n",
	    "etc/redhat-release=Red Hat Enterprise Linux release 8.5 (Ootpa)\n" },
	  "type=linux\narch=x86_64\ndistro=oraclelinux\n"
	    "product=Oracle Linux Server release 8.5\nversion=8.5\nformat=rpm\nmanagement=dnf\n"
	    "osinfo=oraclelinux8.5\nid=ol\nversion_id=8.5\n" },
	{ "oraclelinux-without-file",
	  { LINUX, "etc/os-release=ID=\"ol\"\nVERSION_ID=\"9.2\"\n"
		   "PRETTY_NAME=\"Oracle Linux Server 9.2\"\n" },
	  "type=linux\narch=x86_64\ndistro=oraclelinux\nproduct=Oracle Linux Server 9.2\n"
	    "version=9.2\nformat=rpm\nmanagement=dnf\nosinfo=oraclelinux9.2\nid=ol\n"
	    "version_id=9.2\n" },
	{ "pardus",
	  { LINUX, "etc/os-release=ID=pardus\nVERSION_ID=\"21.4\"\nPRETTY_NAME=\"Pardus 21.4\"\n" },
	  "type=linux\narch=x86_64\ndistro=pardus\nproduct=Pardus 21.4\nversion=21.4\n"
	    "format=pisi\nmanagement=pisi\nosinfo=pardus21.4\nid=pardus\nversion_id=21.4\n" },
	{ "pardus-old", { LINUX, "etc/pardus-release=Pardus 2009.2\n" },
	  "type=linux\narch=x86_64\ndistro=pardus\nproduct=Pardus 2009.2\nversion=2009.2\n"
	    "format=pisi\nmanagement=pisi\nosinfo=pardus2009.2\n" },
	{ "pardus-with-dpkg",
	  { LINUX, "etc/os-release=ID=pardus\nVERSION_ID=\"23.1\"\nPRETTY_NAME=\"Pardus 23.1\"\n",
	    "var/lib/dpkg/status=", "usr/bin/apt-get=" },
	  "type=linux\narch=x86_64\ndistro=pardus\nproduct=Pardus 23.1\nversion=23.1\n"
	    "format=deb\nmanagement=apt\nosinfo=pardus23.1\nid=pardus\nversion_id=23.1\n" },
	{ "fedora-with-dpkg",
	  { LINUX, "etc/os-release=ID=fedora\nVERSION_ID=\"39\"\nPRETTY_NAME=\"F\"\n",
	    "var/lib/dpkg/status=", "usr/bin/apt-get=", "usr/lib/sysimage/rpm/", "usr/bin/dnf=" },
	  "type=linux\narch=x86_64\ndistro=fedora\nproduct=F\nversion=39.0\n"
	    "format=rpm\nmanagement=dnf\nosinfo=fedora39\nid=fedora\nversion_id=39\n" },
	{ "pld", { LINUX, "etc/pld-release=3.0 PLD Linux (Th)\n" },
	  "type=linux\narch=x86_64\ndistro=pldlinux\nproduct=3.0 PLD Linux (Th)\nversion=3.0\n"
	    "osinfo=pldlinux3.0\n" },
	{ "redhat-based", { LINUX, "etc/redhat-release=Some Clone release 7.2\n" },
	  "type=linux\narch=x86_64\ndistro=redhat-based\nproduct=Some Clone release 7.2\n"
	    "version=7.2\nformat=rpm\nmanagement=yum\nosinfo=redhat-based7.2\n" },
	{ "redhat-based-empty", { LINUX, "etc/redhat-release=" },
	  "type=linux\narch=x86_64\ndistro=redhat-based\nformat=rpm\n" },
	{ "rhel-9",
	  { LINUX, "etc/os-release=ID=\"rhel\"\nVERSION_ID=\"9.0\"\nID_LIKE=\"fedora\"\n"
		   "PRETTY_NAME=\"Red Hat Enterprise Linux 9.0 (Plow)\"\n" },
	  "type=linux\narch=x86_64\ndistro=rhel\nproduct=Red Hat Enterprise Linux 9.0 (Plow)\n"
	    "version=9.0\nformat=rpm\nmanagement=dnf\nosinfo=rhel9.0\nid=rhel\nversion_id=9.0\n" },
	{ "rhel-5",
	  { LINUX,
	    "etc/redhat-release=Red Hat Enterprise Linux Server release 5.11 (Tikanga)\n",
	    "etc/lsb-release=LSB_VERSION=\"core-3.1-amd64\"\n", "etc/inittab=" },
	  "type=linux\narch=x86_64\ndistro=rhel\n"
	    "product=Red Hat Enterprise Linux Server release 5.11 (Tikanga)\nversion=5.11\n"
	    "format=rpm\nmanagement=yum\nosinfo=rhel5.11\ninit=sysvinit\n" },
	{ "rhel-4",
	  { LINUX,
	    "etc/redhat-release=Red Hat Enterprise Linux AS release 4 (Nahant Update 6)\n" },
	  "type=linux\narch=x86_64\ndistro=rhel\n"
	    "product=Red Hat Enterprise Linux AS release 4 (Nahant Update 6)\nversion=4.6\n"
	    "format=rpm\nmanagement=up2date\nosinfo=rhel4.6\n" },
	{ "rhel-7-without-minor", { LINUX, "etc/redhat-release=Red Hat Linux release 9 (Shrike)\n" },
	  "type=linux\narch=x86_64\ndistro=rhel\nproduct=Red Hat Linux release 9 (Shrike)\n"
	    "version=9.0\nformat=rpm\nmanagement=dnf\nosinfo=rhel9.0\n" },
	{ "rocky",
	  { LINUX, "etc/os-release=ID=\"rocky\"\nVERSION_ID=\"8.9\"\n"
		   "PRETTY_NAME=\"Rocky Linux 8.9 (Green Obsidian)\"\n",
	    "etc/rocky-release=Rocky Linux release 8.9 (Green Obsidian)\n" },
	  "type=linux\narch=x86_64\ndistro=rocky\nproduct=Rocky Linux 8.9 (Green Obsidian)\n"
	    "version=8.9\nformat=rpm\nmanagement=dnf\nosinfo=rocky8\nid=rocky\nversion_id=8.9\n" },
	{ "rocky-9.0",
	  { LINUX, "etc/os-release=ID=\"rocky\"\nVERSION_ID=\"9.0\"\n"
		   "PRETTY_NAME=\"Rocky Linux 9.0 (Blue Onyx)\"\n",
	    "etc/rocky-release=Rocky Linux release 9.0 (Blue Onyx)\n" },
	  "type=linux\narch=x86_64\ndistro=rocky\nproduct=Rocky Linux release 9.0 (Blue Onyx)\n"
	    "version=9.0\nformat=rpm\nmanagement=dnf\nosinfo=rocky9\nid=rocky\nversion_id=9.0\n" },
	{ "rocky-by-redhat-release", { LINUX, "etc/redhat-release=Rocky Linux release 8.4\n" },
	  "type=linux\narch=x86_64\ndistro=rocky\nproduct=Rocky Linux release 8.4\n"
	    "version=8.4\nformat=rpm\nmanagement=dnf\nosinfo=rocky8\n" },
	{ "scientificlinux",
	  { LINUX, "etc/os-release=ID=\"scientific\"\nVERSION_ID=\"7.9\"\n"
		   "PRETTY_NAME=\"Scientific Linux 7.9 (Nitrogen)\"\n",
	    "etc/redhat-release=Scientific Linux release 7.9 (Nitrogen)\n" },
	  "type=linux\narch=x86_64\ndistro=scientificlinux\n"
	    "product=Scientific Linux release 7.9 (Nitrogen)\nversion=7.9\nformat=rpm\n"
	    "management=yum\nosinfo=scientificlinux7.9\nid=scientific\nversion_id=7.9\n" },
	{ "slackware",
	  { LINUX, "etc/os-release=ID=slackware\nVERSION_ID=15.0\n"
		   "PRETTY_NAME=\"Slackware 15.0 x86_64\"\n",
	    "etc/slackware-version=Slackware 15.0\n", "etc/HOSTNAME=slack.example.com\n" },
	  "type=linux\narch=x86_64\ndistro=slackware\nproduct=Slackware 15.0\nversion=15.0\n"
	    "hostname=slack.example.com\nosinfo=slackware15.0\nid=slackware\nversion_id=15.0\n" },
	{ "sles-15",
	  { LINUX, "etc/os-release=ID=\"sles\"\nVERSION_ID=\"15.4\"\n"
		   "PRETTY_NAME=\"SUSE Linux Enterprise Server 15 SP4\"\n" },
	  "type=linux\narch=x86_64\ndistro=sles\nproduct=SUSE Linux Enterprise Server 15 SP4\n"
	    "version=15.4\nformat=rpm\nmanagement=zypper\nosinfo=sle15sp4\nid=sles\n"
	    "version_id=15.4\n" },
	{ "sled-12",
	  { LINUX, "etc/os-release=ID=\"sled\"\nVERSION_ID=\"12.3\"\n"
		   "PRETTY_NAME=\"SUSE Linux Enterprise Desktop 12 SP3\"\n" },
	  "type=linux\narch=x86_64\ndistro=sles\nproduct=SUSE Linux Enterprise Desktop 12 SP3\n"
	    "version=12.3\nformat=rpm\nmanagement=zypper\nosinfo=sles12sp3\nid=sled\n"
	    "version_id=12.3\n" },
	{ "sles-11",
	  { LINUX, "etc/SuSE-release=SUSE Linux Enterprise Server 11 (x86_64)\nVERSION = 11\n"
		   "PATCHLEVEL = 3\n" },
	  "type=linux\narch=x86_64\ndistro=sles\n"
	    "product=SUSE Linux Enterprise Server 11 (x86_64)\nversion=11.3\nformat=rpm\n"
	    "management=zypper\nosinfo=sles11sp3\n" },
	{ "nld-9", { LINUX, "etc/SuSE-release=Novell Linux Desktop 9 (i586)\nVERSION = 9\n" },
	  "type=linux\narch=x86_64\ndistro=sles\nproduct=Novell Linux Desktop 9 (i586)\n"
	    "version=9.0\nformat=rpm\nmanagement=zypper\nosinfo=sles9\n" },
	{ "suse-based", { LINUX, "etc/SuSE-release=Geeko 4\nVERSION = 4.1\n" },
	  "type=linux\narch=x86_64\ndistro=suse-based\nproduct=Geeko 4\nversion=4.1\n"
	    "format=rpm\nmanagement=zypper\nosinfo=suse-based4.1\n" },
	{ "suse-based-empty", { LINUX, "etc/SuSE-release=" },
	  "type=linux\narch=x86_64\ndistro=suse-based\nformat=rpm\nmanagement=zypper\n" },
	{ "tencentos",
	  { LINUX, "etc/os-release=ID=\"tencentos\"\nVERSION_ID=\"3.1\"\n"
		   "PRETTY_NAME=\"TencentOS Server 3.1 (Final)\"\n" },
	  "type=linux\narch=x86_64\ndistro=tencentos\nproduct=TencentOS Server 3.1 (Final)\n"
	    "version=3.1\nformat=rpm\nmanagement=dnf\nosinfo=tencentos3.1\nid=tencentos\n"
	    "version_id=3.1\n" },
	{ "tencentos-by-file", { LINUX, "etc/tencentos-release=TencentOS Server release 3.1\n" },
	  "type=linux\narch=x86_64\ndistro=tencentos\nproduct=TencentOS Server release 3.1\n"
	    "version=3.1\nformat=rpm\nmanagement=dnf\nosinfo=tencentos3.1\n" },
	{ "ttylinux", { LINUX, "etc/ttylinux-target=ttylinux 14.0\n" },
	  "type=linux\narch=x86_64\ndistro=ttylinux\nproduct=ttylinux 14.0\nversion=14.0\n"
	    "osinfo=ttylinux14.0\n" },
	{ "ubuntu",
	  { LINUX, "etc/os-release=PRETTY_NAME=\"Ubuntu 22.04.3 LTS\"\nNAME=\"Ubuntu\"\n"
		   "VERSION_ID=\"22.04\"\nID=ubuntu\nID_LIKE=debian\n",
	    "etc/debian_version=bookworm/sid\n", "etc/lsb-release=DISTRIB_ID=Ubuntu\n" },
	  "type=linux\narch=x86_64\ndistro=ubuntu\nproduct=Ubuntu 22.04.3 LTS\nversion=22.4\n"
	    "format=deb\nmanagement=apt\nosinfo=ubuntu22.04\nid=ubuntu\nversion_id=22.04\n" },
	{ "ubuntu-10.04",
	  { LINUX, "etc/lsb-release=DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=10.04\nDISTRIB_CODENAME=lucid\n"
		   "DISTRIB_DESCRIPTION=\"Ubuntu 10.04.1 LTS\"\n",
	    "etc/debian_version=squeeze/sid\n", "etc/init/rc-sysinit.conf=", "sbin/init=" },
	  "type=linux\narch=x86_64\ndistro=ubuntu\nproduct=Ubuntu 10.04.1 LTS\nversion=10.4\n"
	    "format=deb\nmanagement=apt\nosinfo=ubuntu10.04\ninit=upstart\n" },
	{ "void",
	  { LINUX, "etc/os-release=NAME=\"Void\"\nID=\"void\"\nPRETTY_NAME=\"Void Linux\"\n",
	    "sbin/init -> runit-init", "sbin/runit-init=" },
	  "type=linux\narch=x86_64\ndistro=voidlinux\nproduct=Void Linux\nformat=xbps\n"
	    "management=xbps\nosinfo=voidlinux\nid=void\ninit=runit\n" },
	/* ---- by os-release's own word */
	{ "almalinux",
	  { LINUX, "etc/os-release=ID=\"almalinux\"\nVERSION_ID=\"9.3\"\n"
		   "PRETTY_NAME=\"AlmaLinux 9.3 (Shamrock Pampas Cat)\"\n",
	    "etc/redhat-release=AlmaLinux release 9.3 (Shamrock Pampas Cat)\n" },
	  "type=linux\narch=x86_64\ndistro=almalinux\n"
	    "product=AlmaLinux 9.3 (Shamrock Pampas Cat)\nversion=9.3\nformat=rpm\n"
	    "management=dnf\nosinfo=almalinux9\nid=almalinux\nversion_id=9.3\n" },
	{ "amzn-2",
	  { LINUX, "etc/os-release=ID=\"amzn\"\nVERSION_ID=\"2\"\nPRETTY_NAME=\"Amazon Linux 2\"\n" },
	  "type=linux\narch=x86_64\ndistro=amzn\nproduct=Amazon Linux 2\nversion=2.0\n"
	    "format=rpm\nmanagement=yum\nid=amzn\nversion_id=2\n" },
	{ "amzn-2023",
	  { LINUX, "etc/os-release=ID=\"amzn\"\nVERSION_ID=\"2023\"\n"
		   "PRETTY_NAME=\"Amazon Linux 2023\"\n" },
	  "type=linux\narch=x86_64\ndistro=amzn\nproduct=Amazon Linux 2023\nversion=2023.0\n"
	    "format=rpm\nmanagement=dnf\nid=amzn\nversion_id=2023\n" },
	{ "anolis",
	  { LINUX, "etc/os-release=ID=\"anolis\"\nVERSION_ID=\"8.8\"\nPRETTY_NAME=\"Anolis OS 8.8\"\n" },
	  "type=linux\narch=x86_64\ndistro=anolis\nproduct=Anolis OS 8.8\nversion=8.8\n"
	    "format=rpm\nmanagement=dnf\nid=anolis\nversion_id=8.8\n" },
	{ "artix",
	  { LINUX, "etc/os-release=ID=\"artix\"\nPRETTY_NAME=\"Artix Linux\"\nBUILD_ID=rolling\n",
	    "etc/arch-release=Arch Linux release\n", "sbin/init -> ../usr/bin/dinit-init" },
	  "type=linux\narch=x86_64\ndistro=artix\nproduct=Artix Linux\nformat=pacman\n"
	    "management=pacman\nbuild=rolling\nid=artix\ninit=dinit\n" },
	{ "azurelinux",
	  { LINUX, "etc/os-release=ID=azurelinux\nVERSION_ID=\"3.0\"\n"
		   "PRETTY_NAME=\"Microsoft Azure Linux 3.0\"\n" },
	  "type=linux\narch=x86_64\ndistro=azurelinux\nproduct=Microsoft Azure Linux 3.0\n"
	    "version=3.0\nformat=rpm\nmanagement=tdnf\nid=azurelinux\nversion_id=3.0\n" },
	{ "mariner",
	  { LINUX, "etc/os-release=ID=mariner\nVERSION_ID=\"2.0\"\nPRETTY_NAME=\"CBL-Mariner/Linux\"\n" },
	  "type=linux\narch=x86_64\ndistro=mariner\nproduct=CBL-Mariner/Linux\nversion=2.0\n"
	    "format=rpm\nmanagement=tdnf\nid=mariner\nversion_id=2.0\n" },
	{ "bottlerocket",
	  { "usr/lib/os-release=ID=bottlerocket\nVERSION_ID=1.15.1\nVARIANT_ID=aws-k8s-1.27\n"
	    "PRETTY_NAME=\"Bottlerocket OS 1.15.1\"\nBUILD_ID=264e294c\n" },
	  "type=linux\ndistro=bottlerocket\nproduct=Bottlerocket OS 1.15.1\nversion=1.15\n"
	    "build=264e294c\nid=bottlerocket\nversion_id=1.15.1\n" },
	{ "chimera",
	  { LINUX, "etc/os-release=ID=chimera\nPRETTY_NAME=\"Chimera Linux\"\n",
	    "usr/bin/init -> ../lib/dinit", "sbin -> usr/bin" },
	  "type=linux\narch=x86_64\ndistro=chimera\nproduct=Chimera Linux\nformat=apk\n"
	    "management=apk\nid=chimera\ninit=dinit\n" },
	{ "clear-linux",
	  { "usr/lib/os-release=ID=clear-linux-os\nID_LIKE=clear-linux-os\nVERSION_ID=39990\n"
	    "PRETTY_NAME=\"Clear Linux OS\"\n", "usr/bin/bash@x86_64", "usr/lib/systemd/systemd=" },
	  "type=linux\narch=x86_64\ndistro=clear-linux-os\nproduct=Clear Linux OS\n"
	    "version=39990.0\nmanagement=swupd\nid=clear-linux-os\nversion_id=39990\n"
	    "init=systemd\n" },
	{ "devuan",
	  { LINUX, "etc/os-release=ID=devuan\nID_LIKE=debian\nVERSION_ID=\"5\"\n"
		   "PRETTY_NAME=\"Devuan GNU/Linux 5 (daedalus)\"\n", "etc/debian_version=12.2\n",
	    "etc/inittab=", "sbin/init=" },
	  "type=linux\narch=x86_64\ndistro=devuan\nproduct=Devuan GNU/Linux 5 (daedalus)\n"
	    "version=5.0\nformat=deb\nmanagement=apt\nid=devuan\nversion_id=5\ninit=sysvinit\n" },
	{ "elementary",
	  { LINUX, "etc/os-release=ID=elementary\nID_LIKE=ubuntu\nVERSION_ID=\"7.1\"\n"
		   "PRETTY_NAME=\"elementary OS 7.1 Horus\"\n" },
	  "type=linux\narch=x86_64\ndistro=elementary\nproduct=elementary OS 7.1 Horus\n"
	    "version=7.1\nformat=deb\nmanagement=apt\nid=elementary\nversion_id=7.1\n" },
	{ "endeavouros",
	  { LINUX, "etc/os-release=ID=endeavouros\nID_LIKE=arch\nPRETTY_NAME=\"EndeavourOS\"\n" },
	  "type=linux\narch=x86_64\ndistro=endeavouros\nproduct=EndeavourOS\nformat=pacman\n"
	    "management=pacman\nid=endeavouros\n" },
	{ "flatcar",
	  { "etc/flatcar/update.conf=", "root/", "home/",
	    "usr/lib/os-release=ID=flatcar\nID_LIKE=coreos\nVERSION_ID=3510.2.8\n"
	    "PRETTY_NAME=\"Flatcar Container Linux by Kinvolk 3510.2.8 (Oklo)\"\n" },
	  "type=linux\ndistro=flatcar\n"
	    "product=Flatcar Container Linux by Kinvolk 3510.2.8 (Oklo)\nversion=3510.2\n"
	    "id=flatcar\nversion_id=3510.2.8\n" },
	{ "freedesktop-sdk",
	  { "usr/lib/os-release=ID=org.freedesktop.platform\nVERSION_ID=23.08\n"
	    "PRETTY_NAME=\"Freedesktop SDK 23.08\"\n" },
	  "type=linux\ndistro=org.freedesktop.platform\nproduct=Freedesktop SDK 23.08\n"
	    "version=23.8\nid=org.freedesktop.platform\nversion_id=23.08\n" },
	{ "guix",
	  { "var/guix/profiles/system -> system-1-link", "var/guix/profiles/system-1-link -> /gnu/s",
	    "gnu/s/profile/bin/bash@x86_64", "etc/hostname=guixbox\n" },
	  "type=linux\narch=x86_64\ndistro=guix\nmanagement=guix\nhostname=guixbox\n"
	    "init=shepherd\n" },
	{ "manjaro",
	  { LINUX, "etc/os-release=ID=manjaro\nID_LIKE=arch\nPRETTY_NAME=\"Manjaro Linux\"\n",
	    "etc/arch-release=Arch Linux\n" },
	  "type=linux\narch=x86_64\ndistro=manjaro\nproduct=Manjaro Linux\nformat=pacman\n"
	    "management=pacman\nid=manjaro\n" },
	{ "mx",
	  { LINUX, "etc/os-release=ID=mx\nID_LIKE=debian\nVERSION_ID=\"23.1\"\nPRETTY_NAME=\"MX 23.1\"\n" },
	  "type=linux\narch=x86_64\ndistro=mx\nproduct=MX 23.1\nversion=23.1\nformat=deb\n"
	    "management=apt\nid=mx\nversion_id=23.1\n" },
	{ "neon",
	  { LINUX, "etc/os-release=ID=neon\nID_LIKE=\"ubuntu debian\"\nVERSION_ID=\"22.04\"\n"
		   "PRETTY_NAME=\"KDE neon 5.27\"\n" },
	  "type=linux\narch=x86_64\ndistro=neon\nproduct=KDE neon 5.27\nversion=22.4\n"
	    "format=deb\nmanagement=apt\nid=neon\nversion_id=22.04\n" },
	{ "nixos",
	  { "etc/os-release -> /etc/static/os-release", "etc/static -> /nix/store/x-etc/etc",
	    "nix/store/x-etc/etc/os-release=ID=nixos\nVERSION_ID=\"23.11\"\nBUILD_ID=\"23.11.1494\"\n"
	    "PRETTY_NAME=\"NixOS 23.11 (Tapir)\"\n",
	    "etc/NIXOS=", "bin/sh -> /nix/store/x-bash/bin/bash", "nix/store/x-bash/bin/bash@x86_64",
	    "nix/var/nix/profiles/system -> system-1-link",
	    "nix/var/nix/profiles/system-1-link -> /nix/store/x-system",
	    "nix/store/x-system/systemd/" },
	  "type=linux\narch=x86_64\ndistro=nixos\nproduct=NixOS 23.11 (Tapir)\nversion=23.11\n"
	    "management=nix\nbuild=23.11.1494\nid=nixos\nversion_id=23.11\ninit=systemd\n" },
	{ "nixos-never-started",
	  { "nix/var/nix/profiles/system -> system-1-link", "etc/NIXOS=",
	    "nix/var/nix/profiles/system-1-link -> /nix/store/x-system",
	    "nix/store/x-system/sw/bin/bash@x86_64", "nix/store/x-system/systemd/",
	    "nix/store/x-system/etc/os-release=ID=nixos\nVERSION_ID=\"24.05\"\n"
	    "PRETTY_NAME=\"NixOS 24.05 (Uakari)\"\n" },
	  "type=linux\narch=x86_64\ndistro=nixos\nproduct=NixOS 24.05 (Uakari)\nversion=24.5\n"
	    "management=nix\nid=nixos\nversion_id=24.05\ninit=systemd\n" },
	{ "nixos-empty", { "nix/var/nix/profiles/system -> gone" },
	  "type=linux\ndistro=nixos\nmanagement=nix\n" },
	{ "openwrt",
	  { LINUX, "etc/os-release=ID=\"openwrt\"\nVERSION_ID=\"23.05.0\"\nID_LIKE=\"lede openwrt\"\n"
		   "PRETTY_NAME=\"OpenWrt 23.05.0\"\nBUILD_ID=\"r23497\"\n",
	    "usr/lib/opkg/status=", "bin/opkg=", "sbin/init=", "sbin/procd=" },
	  "type=linux\narch=x86_64\ndistro=openwrt\nproduct=OpenWrt 23.05.0\nversion=23.5\n"
	    "format=ipk\nmanagement=opkg\nbuild=r23497\nid=openwrt\nversion_id=23.05.0\n"
	    "init=procd\n" },
	{ "photon",
	  { LINUX, "etc/os-release=ID=photon\nVERSION_ID=5.0\nPRETTY_NAME=\"VMware Photon OS/Linux\"\n" },
	  "type=linux\narch=x86_64\ndistro=photon\nproduct=VMware Photon OS/Linux\n"
	    "version=5.0\nformat=rpm\nmanagement=tdnf\nid=photon\nversion_id=5.0\n" },
	{ "pop",
	  { LINUX, "etc/os-release=ID=pop\nID_LIKE=\"ubuntu debian\"\nVERSION_ID=\"22.04\"\n"
		   "PRETTY_NAME=\"Pop!_OS 22.04 LTS\"\n" },
	  "type=linux\narch=x86_64\ndistro=pop\nproduct=Pop!_OS 22.04 LTS\nversion=22.4\n"
	    "format=deb\nmanagement=apt\nosinfo=popos22.04\nid=pop\nversion_id=22.04\n" },
	{ "postmarketos",
	  { LINUX, "etc/os-release=ID=\"postmarketos\"\nID_LIKE=\"alpine\"\nVERSION_ID=\"v23.06\"\n"
		   "PRETTY_NAME=\"postmarketOS v23.06\"\n" },
	  "type=linux\narch=x86_64\ndistro=postmarketos\nproduct=postmarketOS v23.06\n"
	    "version=23.6\nformat=apk\nmanagement=apk\nid=postmarketos\nversion_id=v23.06\n" },
	{ "raspbian",
	  { LINUX, "etc/os-release=ID=raspbian\nID_LIKE=debian\nVERSION_ID=\"11\"\n"
		   "PRETTY_NAME=\"Raspbian GNU/Linux 11 (bullseye)\"\n", "etc/debian_version=11.7\n" },
	  "type=linux\narch=x86_64\ndistro=raspbian\nproduct=Raspbian GNU/Linux 11 (bullseye)\n"
	    "version=11.0\nformat=deb\nmanagement=apt\nid=raspbian\nversion_id=11\n" },
	{ "rhcos",
	  { LINUX, "etc/os-release=ID=\"rhcos\"\nID_LIKE=\"rhel fedora\"\nVERSION_ID=\"4.14\"\n"
		   "PRETTY_NAME=\"Red Hat Enterprise Linux CoreOS 414.92\"\n" },
	  "type=linux\narch=x86_64\ndistro=rhcos\n"
	    "product=Red Hat Enterprise Linux CoreOS 414.92\nversion=4.14\nformat=rpm\n"
	    "management=rpm-ostree\nid=rhcos\nversion_id=4.14\n" },
	{ "sle-micro",
	  { LINUX, "etc/os-release=ID=\"sle-micro\"\nID_LIKE=\"suse\"\nVERSION_ID=\"5.5\"\n"
		   "PRETTY_NAME=\"SUSE Linux Enterprise Micro 5.5\"\n", "usr/bin/zypper=" },
	  "type=linux\narch=x86_64\ndistro=sle-micro\nproduct=SUSE Linux Enterprise Micro 5.5\n"
	    "version=5.5\nformat=rpm\nmanagement=zypper\nid=sle-micro\nversion_id=5.5\n" },
	{ "solus",
	  { LINUX, "etc/os-release=ID=solus\nVERSION_ID=\"4.4\"\nPRETTY_NAME=\"Solus 4.4 Harmony\"\n" },
	  "type=linux\narch=x86_64\ndistro=solus\nproduct=Solus 4.4 Harmony\nversion=4.4\n"
	    "format=eopkg\nmanagement=eopkg\nid=solus\nversion_id=4.4\n" },
	{ "wolfi",
	  { "etc/os-release=ID=wolfi\nVERSION_ID=\"20230201\"\nPRETTY_NAME=\"Wolfi\"\n" },
	  "type=linux\ndistro=wolfi\nproduct=Wolfi\nversion=20230201.0\nformat=apk\n"
	    "management=apk\nid=wolfi\nversion_id=20230201\n" },
	{ "zorin",
	  { LINUX, "etc/os-release=ID=zorin\nID_LIKE=\"ubuntu debian\"\nVERSION_ID=\"17\"\n"
		   "PRETTY_NAME=\"Zorin OS 17\"\n" },
	  "type=linux\narch=x86_64\ndistro=zorin\nproduct=Zorin OS 17\nversion=17.0\n"
	    "format=deb\nmanagement=apt\nid=zorin\nversion_id=17\n" },
	/* ---- not known at all */
	{ "unknown-like-debian",
	  { LINUX, "etc/os-release=ID=frobnix\nID_LIKE=\"mystery debian\"\nNAME=Frobnix\nVERSION=3\n"
		   "VERSION_ID=3.1.4\n", "usr/bin/apt-get=" },
	  "type=linux\narch=x86_64\ndistro=frobnix\nproduct=Frobnix 3\nversion=3.1\n"
	    "format=deb\nmanagement=apt\nid=frobnix\nversion_id=3.1.4\n" },
	{ "unknown-with-rpm",
	  { LINUX, "etc/os-release=ID=frobnix\nPRETTY_NAME=Frob\n", "usr/lib/sysimage/rpm/",
	    "usr/bin/dnf5=" },
	  "type=linux\narch=x86_64\ndistro=frobnix\nproduct=Frob\nformat=rpm\nmanagement=dnf\n"
	    "id=frobnix\n" },
	{ "unknown-with-apk",
	  { LINUX, "etc/os-release=ID=frobnix\n", "lib/apk/db/installed=", "sbin/apk=" },
	  "type=linux\narch=x86_64\ndistro=frobnix\nproduct=frobnix\nformat=apk\n"
	    "management=apk\nid=frobnix\n" },
	{ "unknown-with-pacman",
	  { LINUX, "etc/os-release=ID=frobnix\n", "var/lib/pacman/local/", "usr/bin/pacman=" },
	  "type=linux\narch=x86_64\ndistro=frobnix\nproduct=frobnix\nformat=pacman\n"
	    "management=pacman\nid=frobnix\n" },
	{ "unknown-with-xbps",
	  { LINUX, "etc/os-release=ID=frobnix\n", "var/db/xbps/", "usr/bin/xbps-install=" },
	  "type=linux\narch=x86_64\ndistro=frobnix\nproduct=frobnix\nformat=xbps\n"
	    "management=xbps\nid=frobnix\n" },
	{ "unknown-with-portage",
	  { LINUX, "etc/os-release=ID=frobnix\n", "var/db/pkg/", "usr/bin/emerge=" },
	  "type=linux\narch=x86_64\ndistro=frobnix\nproduct=frobnix\nformat=ebuild\n"
	    "management=portage\nid=frobnix\n" },
	{ "unknown-with-dpkg-alone", { LINUX, "etc/os-release=ID=frobnix\n", "var/lib/dpkg/status=" },
	  "type=linux\narch=x86_64\ndistro=frobnix\nproduct=frobnix\nformat=deb\nid=frobnix\n" },
	{ "unknown-word",
	  { LINUX, "etc/os-release=ID=\"No word; at all\"\nPRETTY_NAME=\"No word\"\nVERSION_ID=1\n" },
	  "type=linux\narch=x86_64\nproduct=No word\nversion=1.0\nid=No word; at all\n"
	    "version_id=1\n" },
	{ "unknown-lsb",
	  { LINUX, "etc/lsb-release=DISTRIB_ID=Frobnix\nDISTRIB_RELEASE=7.5\n" },
	  "type=linux\narch=x86_64\ndistro=frobnix\nversion=7.5\n" },
	{ "nothing-but-a-linux", { "etc/hosts=", "usr/bin/", "etc/hostname=anon\n" },
	  "type=linux\nhostname=anon\n" },
	{ "separate-usr",
	  { "etc/fstab=", "bin -> usr/bin", "etc/os-release -> ../usr/lib/os-release" },
	  "type=linux\n" },
	/* ---- init */
	{ "init-s6",
	  { LINUX, "etc/os-release=ID=frobnix\n", "sbin/init -> ../usr/bin/s6-linux-init" },
	  "type=linux\narch=x86_64\ndistro=frobnix\nproduct=frobnix\nid=frobnix\ninit=s6\n" },
	{ "init-busybox",
	  { LINUX, "etc/os-release=ID=frobnix\n", "sbin/init -> ../bin/busybox", "bin/busybox=",
	    "etc/inittab=" },
	  "type=linux\narch=x86_64\ndistro=frobnix\nproduct=frobnix\nid=frobnix\ninit=busybox\n" },
	{ "init-openrc",
	  { LINUX, "etc/os-release=ID=frobnix\n", "sbin/init -> openrc-init" },
	  "type=linux\narch=x86_64\ndistro=frobnix\nproduct=frobnix\nid=frobnix\ninit=openrc\n" },
	{ "init-unknown", { LINUX, "etc/os-release=ID=frobnix\n", "sbin/init=" },
	  "type=linux\narch=x86_64\ndistro=frobnix\nproduct=frobnix\nid=frobnix\n" },
	/* ---- other systems */
	{ "freebsd-9",
	  { "bin/ls@i386", "etc/freebsd-update.conf=", "etc/fstab=",
	    "etc/motd=FreeBSD 9.0-RELEASE (GENERIC) #0: Tue Jan  3\n\nWelcome!\n",
	    "etc/rc.conf=# x\nhostname=\"free.example.com\"\nkeymap=\"uk\"\n" },
	  "type=freebsd\narch=i386\ndistro=freebsd\n"
	    "product=FreeBSD 9.0-RELEASE (GENERIC) #0: Tue Jan  3\nversion=9.0\n"
	    "hostname=free.example.com\nosinfo=freebsd9.0\n" },
	{ "freebsd-14",
	  { "bin/sh@x86_64", "rescue/", "etc/fstab=", "etc/motd -> ../var/run/motd",
	    "bin/freebsd-version=#!/bin/sh\n\nUSERLAND_VERSION=\"14.0-RELEASE-p3\"\n",
	    "etc/os-release -> ../var/run/os-release",
	    "var/run/os-release=NAME=FreeBSD\nID=freebsd\nVERSION_ID=14.0\n"
	    "PRETTY_NAME=\"FreeBSD 14.0-RELEASE-p3\"\n",
	    "etc/rc.conf=hostname=free14\n" },
	  "type=freebsd\narch=x86_64\ndistro=freebsd\nproduct=FreeBSD 14.0-RELEASE-p3\n"
	    "version=14.0\nhostname=free14\nosinfo=freebsd14.0\nid=freebsd\nversion_id=14.0\n" },
	{ "freebsd-installer",
	  { "bin/sh@x86_64", "etc/freebsd-update.conf=", "etc/fstab=", "usr/freebsd-dist/" },
	  "type=freebsd\narch=x86_64\ndistro=freebsd\nmedium=installer\n" },
	{ "netbsd",
	  { "bin/sh@sparc64", "netbsd=", "etc/fstab=", "etc/release=NetBSD 9.3/sparc64\n",
	    "etc/rc.conf=rc_configured=YES\nhostname='net.example.com'\n", "etc/myname=other\n" },
	  "type=netbsd\narch=sparc64\ndistro=netbsd\nproduct=NetBSD 9.3/sparc64\nversion=9.3\n"
	    "hostname=net.example.com\nosinfo=netbsd9.3\n" },
	{ "openbsd",
	  { "bin/sh@x86_64", "bsd=", "etc/fstab=",
	    "etc/motd=OpenBSD 7.4 (GENERIC.MP) #1397: Tue Oct 10\n\nWelcome to OpenBSD\n",
	    "etc/myname=open.example.com\n", "etc/rc.conf=hostname=wrong\n" },
	  "type=openbsd\narch=x86_64\ndistro=openbsd\n"
	    "product=OpenBSD 7.4 (GENERIC.MP) #1397: Tue Oct 10\nversion=7.4\n"
	    "hostname=open.example.com\nosinfo=openbsd7.4\n" },
	{ "openbsd-never-started",
	  { "bin/sh@x86_64", "bsd=", "etc/fstab=", "etc/motd=OpenBSD ?.? (UNKNOWN)\n" },
	  "type=openbsd\narch=x86_64\ndistro=openbsd\nproduct=OpenBSD ?.? (UNKNOWN)\n" },
	{ "hurd",
	  { "bin/bash@i386", "hurd/null=", "hurd/hello=", "hurd/console=", "etc/fstab=",
	    "etc/os-release=PRETTY_NAME=\"Debian GNU/Hurd 12 (bookworm)\"\nVERSION_ID=12\nID=debian\n",
	    "etc/debian_version=12.0\n", "etc/hostname=mach\n" },
	  "type=hurd\narch=i386\ndistro=debian\nproduct=12.0\nversion=12.0\nformat=deb\n"
	    "management=apt\nhostname=mach\nid=debian\nversion_id=12\n" },
	{ "minix",
	  { "bin/sh@i386", "service/vm=", "etc/fstab=", "etc/version=3.3.0\n",
	    "etc/hostname.file=mini\n" },
	  "type=minix\narch=i386\nproduct=3.3.0\nversion=3.3\nhostname=mini\n" },
	{ "freedos", { "FDOS/FREEDOS.BSS=", "kernel.sys=" },
	  "type=dos\narch=i386\ndistro=freedos\n" },
	{ "freedos-any-case", { "fdos/freedos.bss=" },
	  "type=dos\narch=i386\ndistro=freedos\n" },
	{ "freedos-1.3", { "FreeDOS/BIN/", "KERNEL.SYS=" },
	  "type=dos\narch=i386\ndistro=freedos\n" },
	{ "msdos", { "Dos/command.com=", "IO.SYS=" },
	  "type=dos\narch=i386\ndistro=msdos\nosinfo=msdos6.22\n" },
	/* ---- media */
	{ "medium-debian",
	  { ".disk/info=Debian GNU/Linux 12.1.0 \"Bookworm\" - Official amd64 NETINST 20230722-10:48\n",
	    "pool/", "dists/", "install.amd/" },
	  "type=linux\narch=x86_64\ndistro=debian\n"
	    "product=Debian GNU/Linux 12.1.0 \"Bookworm\" - Official amd64 NETINST 20230722-10:48\n"
	    "version=12.1\nosinfo=debian12\nmedium=installer\n" },
	{ "medium-ubuntu",
	  { ".disk/info=Ubuntu 22.04.3 LTS \"Jammy Jellyfish\" - Release arm64 (20230807.2)",
	    "casper/", "pool/" },
	  "type=linux\narch=aarch64\ndistro=ubuntu\n"
	    "product=Ubuntu 22.04.3 LTS \"Jammy Jellyfish\" - Release arm64 (20230807.2)\n"
	    "version=22.4\nosinfo=ubuntu22.04\nmedium=live\n" },
	{ "medium-debian-live", { "live/filesystem.squashfs=" },
	  "type=linux\nmedium=live\n" },
	{ "medium-fedora",
	  { ".treeinfo=[checksums]\nversion = 1\n[general]\n; x\narch = x86_64\nfamily = Fedora\n"
	    "name = Fedora 38\nversion = 38\n[variant-x]\nname = y\n",
	    "images/install.img=", "isolinux/" },
	  "type=linux\narch=x86_64\ndistro=fedora\nproduct=Fedora 38\nversion=38.0\n"
	    "osinfo=fedora38\nmedium=installer\n" },
	{ "medium-fedora-live",
	  { ".discinfo=1681423000.0\n38\nx86_64\n", "LiveOS/squashfs.img=", "isolinux/" },
	  "type=linux\narch=x86_64\nversion=38.0\nmedium=live\n" },
	{ "medium-arch", { "arch/x86_64/airootfs.sfs=" },
	  "type=linux\ndistro=archlinux\nosinfo=archlinux\nmedium=live\n" },
	{ "medium-alpine", { ".alpine-release=alpine-standard 3.18.4 230928\n", "apks/" },
	  "type=linux\ndistro=alpinelinux\nproduct=alpine-standard 3.18.4 230928\n"
	    "version=3.18\nosinfo=alpinelinux3.18\nmedium=live\n" },
	/* ---- hostile */
	{ "hostile-controls",
	  { LINUX, "etc/os-release=ID=debian\nPRETTY_NAME=\"\x1b[31mred\x01\x7f\"\nVERSION_ID=\"9.9\"\n",
	    "etc/hostname=a\x1b]0;x\x07z\n" },
	  "type=linux\narch=x86_64\ndistro=debian\nproduct=\033[31mred\001\177\nversion=9.9\n"
	    "format=deb\nmanagement=apt\nhostname=a\033]0;x\007z\nosinfo=debian9\nid=debian\n"
	    "version_id=9.9\n" },
	{ "hostile-numbers",
	  { LINUX, "etc/os-release=ID=fedora\nPRETTY_NAME=x\n"
		   "VERSION_ID=99999999999999999999.99999999999999999999\n" },
	  "type=linux\narch=x86_64\ndistro=fedora\nproduct=x\nformat=rpm\nid=fedora\n"
	    "version_id=99999999999999999999.99999999999999999999\n" },
	{ "hostile-binary",
	  { LINUX, "etc/os-release=\x7f" "ELF\xff\xfe\x80=\xff\n=\n==\nID\nID=\nPRETTY_NAME\n",
	    "etc/lsb-release=\xff\xff\xff", "etc/SuSE-release=\n\n\n\nVERSION = \n" },
	  "type=linux\narch=x86_64\ndistro=suse-based\nformat=rpm\nmanagement=zypper\n" },
	{ "hostile-links",
	  { LINUX, "etc/os-release -> /dev/zero", "dev/zero/", "etc/lsb-release -> lsb-release",
	    "etc/hostname -> ../../../../../../../../etc/hostname",
	    "sbin/init -> ../../../../../../sbin/init", "bin/ls -> /proc/self/exe" },
	  "type=linux\narch=x86_64\n" },
	{ "hostile-folders",
	  { LINUX, "etc/os-release/", "usr/lib/os-release=ID=debian\n", "etc/debian_version/",
	    "etc/hostname/" },
	  "type=linux\narch=x86_64\ndistro=debian\nproduct=debian\nformat=deb\nmanagement=apt\n"
	    "id=debian\n" },
	{ "hostile-programs",
	  { "etc/hosts=", "bin/bash=\x7f" "ELF", "bin/ls=MZ", "bin/echo=", "bin/rm/",
	    "bin/sh@ppc64le" },
	  "type=linux\narch=ppc64le\n" },
};

const size_t n_trees = ARRAY_SIZE(trees);
