// Where things lie: in a deb, in an rpm, and below a prefix (`make install`).

/**
 * @param format `deb`, `rpm` or `prefix`
 * @param arch row of the architecture
 * @param prefix for `prefix`: folder such as `/usr/local`
 * @param sysconfdir for `prefix`: folder such as `/etc`
 */
export function placesOf(format, arch, { prefix = "/usr", sysconfdir = "/etc" } = {}) {
  const isRpm = format === "rpm";
  const libraries = isRpm ? `${prefix}/lib64` : `${prefix}/lib`;
  return {
    prefix,
    bin: `${prefix}/bin`,
    sbin: `${prefix}/sbin`,
    suite: `${prefix}/lib/mod-gearman-ts`,
    module: `${prefix}/lib/mod_gearman`,
    // further folders in which configurations of the classic packages name the module
    classicModule: {
      deb: [`${prefix}/lib/${arch.triplet}/mod_gearman`],
      rpm: [`${prefix}/lib64/mod_gearman`],
      prefix: [],
    }[format],
    plugins: `${libraries}/nagios/plugins`,
    // Debian 11 can have /lib apart from /usr/lib, and deb-systemd-helper looks into /lib there
    units: format === "deb" ? "/lib/systemd/system" : `${prefix}/lib/systemd/system`,
    sysusers: `${prefix}/lib/sysusers.d`,
    tmpfiles: `${prefix}/lib/tmpfiles.d`,
    etc: sysconfdir,
    defaults: `${sysconfdir}/${isRpm ? "sysconfig" : "default"}`,
    config: `${sysconfdir}/${isRpm ? "mod_gearman" : "mod-gearman"}`,
    man: `${prefix}/share/man`,
    lintian: `${prefix}/share/lintian/overrides`,
    doc: `${prefix}/share/doc`,
    bash: `${prefix}/share/bash-completion/completions`,
    zsh: `${prefix}/share/zsh/${format === "deb" ? "vendor-completions" : "site-functions"}`,
  };
}
