# Builds and installs the whole suite. `make` needs Node >= 20, a C and a C++ compiler, python3 (docs/packaging.md); `make install`
# and `make uninstall` need none of them, and the same variables.
#
#   make PREFIX=/usr SYSCONFDIR=/etc && make install PREFIX=/usr SYSCONFDIR=/etc DESTDIR=/tmp/root
#
#   RUNTIME=/usr/bin/node  start the programs with this Node (>= 22.13) instead of installing one
#   PACKAGES="mod-gearman-ts-runtime mod-gearman-ts-worker"  only these parts
#   FORMAT=deb|rpm  folders of a deb or of an rpm

PREFIX     ?= /usr/local
SYSCONFDIR ?= /etc
DESTDIR    ?=
FORMAT     ?= prefix
RUNTIME    ?=
PACKAGES   ?=
NODE       ?= node

# Paths get into the programs, so each set of them has a tree of its own.
TREE := build/tree/$(FORMAT)$(subst /,-,$(PREFIX)$(SYSCONFDIR))$(if $(RUNTIME),-system)

.PHONY: all install uninstall clean

all:
	$(NODE) scripts/bootstrap.mjs tree --out $(TREE) --format $(FORMAT) --prefix $(PREFIX) --sysconfdir $(SYSCONFDIR) \
	  $(if $(RUNTIME),--runtime $(RUNTIME))

$(TREE)/list:
	$(MAKE) all

install: $(TREE)/list
	sh scripts/release/install.sh install $(TREE) '$(DESTDIR)' $(PACKAGES)

uninstall: $(TREE)/list
	sh scripts/release/install.sh uninstall $(TREE) '$(DESTDIR)' $(PACKAGES)

clean:
	rm -rf build/tree build/release
