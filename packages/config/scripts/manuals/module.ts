/** How the options of the module are written; first half of docs/options/module.md. */
export const MODULE_OPTIONS = [
  "Given as `key=value` on the core's `broker_module=` line, separated by single blanks, or in a file named there with `config=`. In a file `#` starts a comment wherever it stands, also inside a value. Keys may be written in any case and with `-` for `_`. Options are taken from left to right, files at the place where they are named; relative paths start at the folder of the file that holds them. A switch without a value, or with a word that is neither yes nor no, is on (`perfdata_send_all`: off). Problems with single options are warned about and never stop the core.",
  "If none of `hosts`, `services`, `eventhandler`, `notifications`, `perfdata`, `hostgroups` and `servicegroups` is given, hosts, services and event handlers are distributed. Giving any of them, even with `no`, ends that default.",
];
