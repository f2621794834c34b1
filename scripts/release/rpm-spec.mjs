// Spec file of the source tarball, for `rpmbuild -tb`: the packages of packages.mjs once more.
import { readFileSync } from "node:fs";
import { mailDate } from "./changelog.mjs";
import { architectures, PACKAGE_RELEASE } from "./facts.mjs";
import { packages, relations, sourcePackages } from "./packages.mjs";
import { maintainerScripts } from "./packaging-files.mjs";

const SECTIONS = { preinstall: "pre", postinstall: "post", preremove: "preun", postremove: "postun" };
const NAME = "mod-gearman-ts";

function tags(name, { release }) {
  // the machine's name is a macro here
  const { depends, recommends, conflicts, provides } = relations(name, "rpm", { rpmIsa: "" }, release);
  return [
    "AutoReqProv: no",
    `Summary: ${packages[name].title}`,
    `License: ${packages[name].license}`,
    ...depends.map((one) => `Requires: ${one}`),
    ...recommends.map((one) => `Recommends: ${one}`),
    ...conflicts.map((one) => `Conflicts: ${one.replace("()", "%{?_isa}")}`),
    ...provides.map((one) => `Provides: ${one}`),
  ].join("\n");
}

function subPackage(name, facts) {
  const which = name === NAME ? "" : ` -n ${name}`;
  const scripts = Object.entries(maintainerScripts(name, "rpm")).map(
    ([key, path]) => `%${SECTIONS[key]}${which}\n${readFileSync(path, "utf8").trim().replaceAll("%", "%%")}`,
  );
  return {
    head: name === NAME ? "" : `%package${which}\n${tags(name, facts)}\n`,
    rest: [
      `%description${which}\n${packages[name].text}`,
      ...scripts,
      `%files${which} -f files.${name}\n%defattr(-,root,root,-)`,
    ].join("\n\n"),
  };
}

/** The spec file. Nothing is stripped or searched for dependencies by rpmbuild: the build has done the one and the lists say the other. */
export function rpmSpec(facts) {
  const parts = sourcePackages().map((name) => subPackage(name, facts));
  const date = mailDate(facts.epoch).replace(/^(\w+), (\d+) (\w+) (\d+) .*/, "$1 $3 $2 $4");
  return `# Made by scripts/release/rpm-spec.mjs. Node >= 20 is taken from PATH; packages of npm are fetched while this builds.
%global debug_package %{nil}
%global __os_install_post %{nil}
%global _build_id_links none
Name: ${NAME}
Version: ${facts.version}
Release: ${PACKAGE_RELEASE}
${tags(NAME, facts)}
Group: System/Monitoring
Source0: ${NAME}-%{version}.tar.gz
ExclusiveArch: ${Object.values(architectures)
    .map(({ rpm }) => rpm)
    .join(" ")}
BuildRequires: gcc-c++ make python3

${parts.map(({ head }) => head).join("\n")}
%prep
%setup -q

%build
make all FORMAT=rpm PREFIX=/usr SYSCONFDIR=/etc

%install
make install FORMAT=rpm PREFIX=/usr SYSCONFDIR=/etc DESTDIR=%{buildroot} FILES_OUT=$PWD/files

${parts.map(({ rest }) => rest).join("\n\n")}

%changelog
* ${date} ${facts.maintainer} - ${facts.release}
- Release ${facts.version}, see changelog.gz of mod-gearman-ts-runtime.
`;
}
