// Control file and rules of the source tarball, for dpkg-buildpackage: the packages of packages.mjs once more.

import { fieldText } from "./copyright.mjs";
import { architectures } from "./facts.mjs";
import { lines } from "./nfpm.mjs";
import { packages, relations, sourcePackages } from "./packages.mjs";

const FIELDS = ["depends", "recommends", "suggests", "conflicts", "replaces", "provides"];

function stanza(name, release) {
  const { title, text, isMeta } = packages[name];
  const found = relations(name, "deb", architectures.amd64, release);
  const fields = FIELDS.filter((field) => found[field].length > 0).map(
    (field) => `${field[0].toUpperCase()}${field.slice(1)}: ${found[field].join(", ")}`,
  );
  const description = `Description: ${title}\n${fieldText(lines(text))}`;
  return [`Package: ${name}`, `Architecture: ${isMeta ? "all" : "amd64 arm64"}`, ...fields, description].join(
    "\n",
  );
}

/** `debian/control`. Node, from 20 on, is not a build dependency: the releases of Debian that are supported have older ones. */
export function debianControl({ release, maintainer }) {
  const source = [
    "Source: mod-gearman-ts",
    "Section: net",
    "Priority: optional",
    `Maintainer: ${maintainer}`,
    "Build-Depends: debhelper-compat (= 12), g++, make, python3",
    "Standards-Version: 4.6.2",
    "Rules-Requires-Root: no",
  ].join("\n");
  return `${[source, ...sourcePackages().map((name) => stanza(name, release))].join("\n\n")}\n`;
}

/** Steps of debhelper that would do again what `make install` has done. */
const NOT_WANTED = [
  ...[
    "auto_configure",
    "auto_clean",
    "auto_test",
    "strip",
    "dwz",
    "makeshlibs",
    "shlibdeps",
    "compress",
    "strip_nondeterminism",
  ],
  ...[
    "installinit",
    "installsystemd",
    "installsystemduser",
    "installchangelogs",
    "installdocs",
    "installsysusers",
  ],
  ...["installtmpfiles", "installlogrotate", "installman", "fixperms", "usrlocal"],
];

/** `debian/rules`. */
export function debianRules() {
  return `#!/usr/bin/make -f
# Node >= 20 is taken from PATH; packages of npm are fetched while this builds (docs/packaging.md).
export FORMAT = deb
export PREFIX = /usr
export SYSCONFDIR = /etc

%:
\tdh $@

override_dh_auto_build:
\t$(MAKE) all

override_dh_auto_install:
\tfor package in $$(dh_listpackages); do \\
\t\t$(MAKE) install PACKAGES=$$package DESTDIR=$(CURDIR)/debian/$$package || exit 1; \\
\tdone

${NOT_WANTED.map((step) => `override_dh_${step}:`).join("\n")}
\t@:
`;
}
