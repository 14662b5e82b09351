# SPDX-License-Identifier: MIT
# nca: self-replicating neural cellular automata as Unix filters. See README.md.
PREFIX ?= /usr/local
DESTDIR ?=
CFLAGS ?= -O3 -g
WARNINGS = -Wall -Wextra -Wshadow -Wvla -Wstrict-prototypes -Wmissing-prototypes
BUILD ?= build
VERSION := $(shell sed -n 's/^.define NCA_VERSION "\(.*\)"$$/\1/p' common/version.h)
JOBS ?= $(shell nproc 2>/dev/null || echo 1)
CPPFLAGS ?=
# What check and demo need is installed; DEPS=no leaves that out.
DEPS ?= yes

# Directories stand in rules and in the shell's commands as they are: those that are not one plain
# word there are refused before anything is done.
SPECIAL := ' " ` \ ; & | < > ( ) { } [ ] * ? ! % \# $$
plain = $(if $(or $(word 2,<$(1)>),$(filter -%,$(1)),$(strip $(foreach c,$(SPECIAL),\
	$(findstring $c,$(1))))),$(error $(2)='$(1)' has characters that are not allowed: \
	use a path without blanks, quotes and other special characters))
$(call plain,$(value BUILD),BUILD)
$(if $(BUILD),,$(error BUILD is empty))

# The same bytes in whatever directory it is built.
PREFIX_MAP = -ffile-prefix-map=$(CURDIR)=.

# Bit-identical results: no contraction but our own fmaf(), and never -ffast-math.
ARITHMETIC = -ffp-contract=off -fno-fast-math -fno-math-errno
STANDARD = -std=c17 -D_POSIX_C_SOURCE=200809L -D_FILE_OFFSET_BITS=64 -I. -pthread \
	$(CPPFLAGS)
ALL_CFLAGS = $(CFLAGS) $(WARNINGS) $(STANDARD) $(ARITHMETIC) $(PREFIX_MAP) -MMD -MP

MACHINE := $(shell $(CC) -dumpmachine 2>/dev/null)
# gcc stops unrolling at 16 iterations; a neighbourhood of two channels has 18 values. To combine
# more than 2 instructions of the long sums of three channels takes it 15 s, and gains nothing.
GCC := $(if $(findstring clang,$(shell $(CC) --version 2>/dev/null)),,yes)
UNROLL := $(if $(GCC),--param max-completely-peel-times=18 --param max-completely-peeled-insns=400)
COMBINE := $(if $(GCC),--param max-combine-insns=2)

# Link statically where possible: loading shared libraries takes longer than a short run.
# STATIC=no: shared, as distributions want it; STATIC=all: the C library, too, for the wheel.
STATIC ?= yes
archive = $(filter /%,$(shell $(CC) -print-file-name=lib$(1).a 2>/dev/null))
library = $(or $(if $(filter yes all,$(STATIC)),$(call archive,$(1))),-l$(1))
ZSTD := $(call library,zstd)
XXHASH := $(call library,xxhash)
LIBRARIES = -pthread $(ZSTD) $(XXHASH) -lm
archives = $(if $(filter all,$(STATIC)),$(1:%=-l%) -lm,\
	$(if $(and $(filter yes,$(STATIC)),\
	$(filter $(words $(1)),$(words $(foreach l,$(1),$(call archive,$(l)))))),\
	-static-libgcc -Wl$(,)-Bstatic $(1:%=-l%) -Wl$(,)-Bdynamic,-l$(firstword $(1))))
, := ,

# The CUDA backend, where there is nvcc. CUDA=no builds without, as all machines without one do.
NVCC ?= $(firstword $(shell command -v nvcc) $(wildcard /usr/local/cuda/bin/nvcc))
CUDA ?= $(if $(NVCC),yes,no)
NVCC_FLAGS = -std=c++17 -O3 -I. $(ARITHMETIC:%=-Xcompiler=%) \
	-fmad=false -ftz=false -prec-div=true -prec-sqrt=true \
	-gencode arch=compute_80,code=sm_80 -gencode arch=compute_90,code=[sm_90,compute_90] \
	$(if $(findstring -Werror,$(CFLAGS)),-Werror all-warnings) $(filter -D% -I% -U%,$(CPPFLAGS))

PROGRAMS := $(basename $(notdir $(wildcard bin-src/nca-*.c)))
SHARED := $(patsubst %.c,$(BUILD)/%.o,$(wildcard common/*.c kernels/*/*.c format/*.c) \
	$(filter-out bin-src/nca-%,$(wildcard bin-src/*.c))) $(BUILD)/plots.o $(BUILD)/page.o \
	$(BUILD)/commit.o
PORTABLE_SIMD := $(BUILD)/kernels/step/simd.o
ifneq ($(CUDA),no)
SHARED := $(patsubst %/nocuda.o,%/cuda.o,$(SHARED))
LIBRARIES += -L$(dir $(realpath $(NVCC)))../lib64 -lcudart_static -ldl -lrt -Wl,--as-needed \
	$(call archives,stdc++)
endif
ifneq ($(findstring x86_64,$(MACHINE)),)
# The portable build of simd.c, which is never chosen here, is for tests/45-parity.t alone.
SHARED := $(filter-out $(PORTABLE_SIMD),$(SHARED))
SHARED += $(addprefix $(BUILD)/kernels/,step/plain-fma.o step/simd-avx2.o step/simd-avx512.o \
	measures/kmeans-avx2.o measures/kmeans-avx512.o)
endif
UNITS := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/*.c))
TOOLS := $(patsubst tests/tools/%.c,$(BUILD)/tools/%,$(wildcard tests/tools/*.c)) \
	$(BUILD)/emulated/nca-step $(BUILD)/emulated/nca-batch $(BUILD)/portable/nca-step
PRELOADS := $(patsubst tests/preload/%.c,$(BUILD)/preload/%.so,$(wildcard tests/preload/*.c))
# Pipelines are commands, nca-NAME; NAME, as they were called before, is a link to each.
COMMANDS := $(filter-out %.1,$(wildcard pipelines/nca-*))
PIPELINES := $(filter-out $(addprefix pipelines/,answers gallery python __pycache__) %.1 \
	$(COMMANDS:pipelines/nca-%=pipelines/%),$(wildcard pipelines/*))

PAGES := $(PROGRAMS:%=$(BUILD)/man/%.1)

COMPLETIONS := $(BUILD)/completions

all: $(PROGRAMS:%=$(BUILD)/bin/%) $(PAGES) $(COMPLETIONS)/table.tsv

LINK = @mkdir -p $(@D) && echo "  LINK $@" && $(CC) $(CFLAGS) $(LDFLAGS) \
	$(if $(filter all,$(STATIC)),-static) -o $@ $^ $(LIBRARIES)
COMPILE = @mkdir -p $(@D) && echo "  CC   $@" && $(CC) $(ALL_CFLAGS) -c -o $@ $<

$(BUILD)/bin/nca-cnwa $(BUILD)/bin/nca-measure: \
	LIBRARIES += $(call archives,lapacke lapack blas gfortran $(if $(call archive,quadmath),quadmath))
$(BUILD)/bin/nca-play: LIBRARIES += $(call library,z)

$(BUILD)/bin/%: $(BUILD)/bin-src/%.o $(BUILD)/libnca.a
	$(LINK)

$(BUILD)/man/%.1: bin-src/%.1 bin-src/options.man bin-src/manual.sh $(BUILD)/bin/%
	@mkdir -p $(@D) && bin-src/manual.sh $(BUILD)/bin/$* $< >$@.new && mv $@.new $@

# For the shells, from --help: nca for bash, _nca for zsh, and a file a command for fish.
COMPLETE = -v directory=$(@D)/fish -f bin-src/completions.awk $@.new
$(COMPLETIONS)/table.tsv: $(PROGRAMS:%=$(BUILD)/bin/%) $(COMMANDS) pipelines/lib.sh \
		$(addprefix bin-src/completions.,sh awk bash)
	@rm -rf $(@D) && mkdir -p $(@D)/fish && \
		bin-src/completions.sh $(PROGRAMS:%=$(BUILD)/bin/%) $(COMMANDS) >$@.new && \
		{ cat bin-src/completions.bash && awk -v shell=bash $(COMPLETE); } >$(@D)/nca && \
		awk -v shell=zsh $(COMPLETE) >$(@D)/_nca && awk -v shell=fish $(COMPLETE) && mv $@.new $@

$(BUILD)/tests/%: $(BUILD)/tests/unit/%.o $(BUILD)/libnca.a
	$(LINK)

$(BUILD)/tools/%: $(BUILD)/tests/tools/%.o $(BUILD)/libnca.a
	$(LINK)

# As fast as a compiler makes it: it is what nca-step is compared with.
$(BUILD)/bench/naive: tests/bench/naive.c
	@mkdir -p $(@D) && $(CC) -std=c17 $(WARNINGS) -O3 -march=native -ffast-math -o $@ $< -lm

$(BUILD)/bench/%: $(BUILD)/tests/bench/%.o $(BUILD)/libnca.a
	$(LINK)

# The CUDA backend's source, run on the CPU.
$(BUILD)/tests/emulation/cuda.o: kernels/step/cuda.cu
	@mkdir -p $(@D) && echo "  CXX  $@" && $(CXX) $(CFLAGS) -Wall -Wextra -std=c++17 -I. \
		-Itests/emulation $(CPPFLAGS) $(ARITHMETIC) -MMD -MP -x c++ -c -o $@ $<

$(BUILD)/emulated/nca-%: LIBRARIES += -lstdc++
$(BUILD)/emulated/nca-%: $(BUILD)/bin-src/nca-%.o $(BUILD)/tests/emulation/cuda.o \
		$(BUILD)/libnca.a
	$(LINK)

$(BUILD)/emulated/rate: LIBRARIES += -lstdc++
$(BUILD)/emulated/rate: $(BUILD)/tests/bench/rate.o $(BUILD)/tests/emulation/cuda.o \
		$(BUILD)/libnca.a
	$(LINK)

# All builds of the rule, also the one that is never chosen on x86-64.
$(BUILD)/portable/nca-step: $(BUILD)/bin-src/nca-step.o $(PORTABLE_SIMD) $(BUILD)/libnca.a
	$(LINK)

$(BUILD)/libnca.a: $(SHARED)
	@rm -f $@
	@$(AR) rcs $@ $^

# Without sanitizers: it stands before them.
$(BUILD)/preload/%.so: tests/preload/%.c
	@mkdir -p $(@D) && echo "  CC   $@" && $(CC) $(CPPFLAGS) $(WARNINGS) -O2 -fPIC -shared \
		-o $@ $< -ldl

$(BUILD)/kernels/step/plain%.o $(BUILD)/kernels/step/simd%.o: ALL_CFLAGS += $(UNROLL)
# More vectors would make these slower: pointers to genomes would be computed in them.
$(BUILD)/kernels/step/simd%.o: ALL_CFLAGS += -fno-tree-slp-vectorize $(COMBINE)

# One source, several instruction sets; the program chooses when it runs.
$(BUILD)/kernels/step/plain-fma.o: ALL_CFLAGS += -mfma -DSTEP_PLAIN=step_plain_fma
$(BUILD)/kernels/step/simd-avx2.o: ALL_CFLAGS += -mavx2 -mfma -mbmi2 -DSTEP_SIMD=step_simd_avx2
$(BUILD)/kernels/step/simd-avx512.o: ALL_CFLAGS += -mavx512f -mavx512dq -mavx512bw -mavx512vl \
	-mfma -mbmi2 -mprefer-vector-width=512 -DSTEP_SIMD=step_simd_avx512
$(BUILD)/kernels/measures/kmeans-avx2.o: ALL_CFLAGS += -mavx2 -mfma -mbmi2 -DKMEANS=kmeans_avx2
$(BUILD)/kernels/measures/kmeans-avx512.o: ALL_CFLAGS += -mavx512f -mprefer-vector-width=512 \
	-DKMEANS=kmeans_avx512
$(BUILD)/kernels/step/plain-fma.o: kernels/step/plain.c
	$(COMPILE)
$(BUILD)/kernels/step/simd-avx2.o $(BUILD)/kernels/step/simd-avx512.o: kernels/step/simd.c
	$(COMPILE)
$(addprefix $(BUILD)/kernels/measures/kmeans-,avx2.o avx512.o): kernels/measures/kmeans.c
	$(COMPILE)

# What the programs' plots and pipelines/*.gp share.
$(BUILD)/plots.c: common/plots.sh $(addprefix pipelines/,settings.gp display.gp palette.gp)
	@mkdir -p $(@D) && common/plots.sh >$@.new && mv $@.new $@

# The page of nca-play.
$(BUILD)/page.c: bin-src/page.sh bin-src/play.html
	@mkdir -p $(@D) && bin-src/page.sh >$@.new && mv $@.new $@

# Looked up each time, and written only if it is another one: that links all programs again, but
# compiles nothing else.
$(BUILD)/commit.c: always
	@mkdir -p $(@D) && common/commit.sh >$@.new && \
		if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

$(BUILD)/plots.o $(BUILD)/page.o $(BUILD)/commit.o: %.o: %.c
	$(COMPILE)

$(BUILD)/%.o: %.c
	$(COMPILE)

$(BUILD)/%.o: %.cu
	@mkdir -p $(@D) && echo "  NVCC $@" && $(NVCC) $(NVCC_FLAGS) -MMD -MP -c -o $@ $<

# What is missing, from apt.
deps:
	@sh common/deps.sh "$(CC)"

WANTED = $(if $(filter no,$(DEPS)),,deps)
# Builds in parallel even where no -j is given.
SUBMAKE = --no-print-directory $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(JOBS))
check: $(WANTED)
	@$(MAKE) $(SUBMAKE) tests

# Units, and the scripts that find most.
quick: $(WANTED)
	@$(MAKE) $(SUBMAKE) tests TIER=quick

# All that takes long, and all else at length: minutes to hours for each part. tests/long PART...
# runs some of them.
check-long: $(WANTED)
	@BUILD=$(BUILD) tests/long

# Each test says in its first lines how often it is run: "tier: quick", "check" or "long". Those
# that say "sanitized", too, .ci/run also runs under sanitizers. TIER is a regular expression.
TIER = quick|check
TESTS = $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(shell awk '/tier: / && /[ ]($(TIER))(,|$$| )/ \
	{ print FILENAME } FNR == 9 { nextfile }' $(wildcard tests/unit/*.c tests/*.t)))

# The tests alone, as many at a time as there are processors: units first, then the scripts.
tests: all $(filter $(UNITS),$(TESTS)) $(TOOLS) $(PRELOADS)
	BUILD=$(BUILD) prove --jobs $(JOBS) --exec '' $(TESTS)

# The tests under valgrind, which knows no AVX-512: AVX2 is tried instead. It takes an hour or two.
# In the place of programs they find tests/memcheck, which starts these in it; whatever it finds, in
# any of them, fails the target. In MEMCHECKED_FAILING programs fail, and end with all they have in
# use, so there no leaks are looked for; of thousands of broken streams each 97th is tried. Tests of
# documents, of plots and of pipelines, which start the same programs, are left out.
MEMCHECKED_FAILING = 10 40 50 58
MEMCHECKED = 12 16 21 30 31 32 33 34 35 36 37 39 45 46 47 55 57 65 66 68 70
MEMCHECK = SLOW=6 FAULTS_EVERY=97 BUILD=$(BUILD)/memcheck prove --jobs $(JOBS) --exec ''
memcheck: all $(UNITS) $(TOOLS) $(PRELOADS)
	@command -v valgrind >/dev/null || { echo "make memcheck needs valgrind" >&2; exit 1; }
	@rm -rf $(BUILD)/memcheck && mkdir -p \
		$(addprefix $(BUILD)/memcheck/,bin emulated portable tests log)
	@ln -s ../tools ../preload $(BUILD)/memcheck
	@for program in $(PROGRAMS:%=bin/%) emulated/nca-step portable/nca-step $(UNITS:$(BUILD)/%=%); do \
		ln -s $(abspath tests/memcheck) $(BUILD)/memcheck/$$program || exit; done
	$(MEMCHECK) $(UNITS:$(BUILD)/%=$(BUILD)/memcheck/%) $(wildcard $(MEMCHECKED:%=tests/%-*.t)) && \
		LEAKS=no $(MEMCHECK) $(wildcard $(MEMCHECKED_FAILING:%=tests/%-*.t)) && passed=yes; \
		! grep -r '^==' $(BUILD)/memcheck/log && [ "$$passed" ]

# Fuzz targets; tests/fuzz/run runs them. They need clang.
FUZZERS := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz-%,$(wildcard tests/fuzz/*.c))
SANITIZE = address,undefined
fuzz:
	@$(MAKE) --no-print-directory CC=clang BUILD=$(BUILD)/fuzz fuzzers \
		CFLAGS="-O2 -g -fsanitize=fuzzer-no-link,$(SANITIZE) -fno-sanitize-recover=all"
fuzzers: $(FUZZERS)
$(BUILD)/fuzz-%: LDFLAGS += -fsanitize=fuzzer
$(BUILD)/fuzz-%: $(BUILD)/tests/fuzz/%.o $(BUILD)/libfuzzed.a
	$(LINK)
$(BUILD)/libfuzzed.a: $(BUILD)/plots.o $(BUILD)/commit.o \
	$(patsubst %.c,$(BUILD)/%.o,$(wildcard common/*.c kernels/model/*.c format/*.c))
	@rm -f $@
	@$(AR) rcs $@ $^

# Static analysis without findings, the format, and no line of more than 100 columns. What is
# silenced is argued here, in .clang-tidy and in .ci/cppcheck. The analyzers of gcc and clang take
# more than ten times as long as all else, so lint-long is part of the long run. gcc's takes the
# number of a vector's elements for that of an element's bits; and offsets in a genome are not too
# wide for 32 bits.
C_FILES := $(wildcard */*.c kernels/*/*.c tests/*/*.c)
lint-long: $(C_FILES:.c=.analyzed)
lint: $(C_FILES:.c=.tidy)
	cppcheck --std=c11 --enable=warning,performance,portability --suppressions-list=.ci/cppcheck \
		-q -I. -D__x86_64__ --error-exitcode=1 bin-src common format kernels tests
	clang-format --dry-run -Werror $$(git ls-files '*.c' '*.h' '*.cu')
	! LC_ALL=C.UTF-8 git grep -nIE '.{101}' -- ':!*.[tc]sv' ':!*.ipynb' \
		':!tests/fuzz/corpus' ':!LICENSES' ':!pipelines/answers'
kernels/step/simd.analyzed: SILENCED = -Wno-analyzer-shift-count-overflow
kernels/step/simd.analyzed kernels/step/simd.tidy: \
	WITHOUT = -bugprone-implicit-widening-of-multiplication-result,
TIDY = clang-tidy --quiet --warnings-as-errors='*'
%.analyzed: %.c
	@echo "  ANALYZE $<" && gcc $(WARNINGS) $(STANDARD) -O1 -Werror -fanalyzer $(SILENCED) \
		-c -o /dev/null $< && $(TIDY) --checks='$(WITHOUT)' $< -- $(STANDARD)
%.tidy: %.c
	@echo "  TIDY $<" && $(TIDY) --checks='$(WITHOUT)-clang-analyzer-*' $< -- $(STANDARD)

# A small world on one page. VIDEOS=yes installs ffmpeg for videos, VIDEOS=no leaves them out.
VIDEOS ?=
demo:
	@echo "make demo: $(if $(WANTED),installs what is missing$(,) )builds nca," \
		"lets a small world live, and shows it on one page, out/index.html"
	@$(if $(WANTED),sh common/deps.sh "$(CC)" \
		"build plots pipelines $(if $(filter yes,$(VIDEOS)),videos)")
	@echo "Building nca in $(BUILD)/, which takes up to half a minute on two cores"
	@$(MAKE) $(SUBMAKE) all
	@PATH="$(abspath $(BUILD))/bin:$$PATH" VIDEOS=$(VIDEOS) pipelines/demo out

ifneq ($(filter install uninstall,$(MAKECMDGOALS)),)
$(call plain,$(value PREFIX),PREFIX)
$(call plain,$(value DESTDIR),DESTDIR)
# Where under PREFIX a Python with numpy looks for modules, if anywhere; asked for once.
ifeq ($(origin PYTHON),undefined)
PYTHON := $(shell pipelines/find-python numpy 2>/dev/null)
endif
ifeq ($(origin MODULES),undefined)
MODULES := $(if $(PYTHON),$(shell $(PYTHON) -c "import site; print(*[d for d in \
	[*site.getsitepackages(), site.getusersitepackages()] if d.startswith('$(PREFIX)/')][:1])"))
endif
$(call plain,$(MODULES),MODULES)
endif

MANUALS := $(PAGES) $(wildcard bin-src/*.7 format/*.5 pipelines/*.1)
# The package for Python; its stream.py is a link to format/nca.py, which is copied.
PACKAGE := $(wildcard pipelines/python/nca/*.py) pipelines/python/nca/py.typed
PYTHON_AT = $(or $(MODULES),$(PREFIX)/share/nca/python)
PACKAGE_AT = $(DESTDIR)$(PYTHON_AT)/nca
# For clusters with Lmod.
MODULEFILE = share/modulefiles/nca/$(VERSION).lua
# Where shells look for completions; bash for each command by its name.
NAMES := $(PROGRAMS) $(COMMANDS:pipelines/%=%)
BASH_AT = share/bash-completion/completions
ZSH_AT ?= share/zsh/site-functions
FISH_AT = share/fish/vendor_completions.d
SHARED_FILES := format/STREAM.md format/nca.py format/example.py
INSTALLED = $(PROGRAMS:%=bin/%) $(COMMANDS:pipelines/%=bin/%) \
	$(COMMANDS:pipelines/nca-%=share/nca/%) \
	$(foreach m,$(notdir $(MANUALS)),share/man/man$(subst .,,$(suffix $m))/$m) \
	$(addprefix share/nca/,$(notdir $(PIPELINES) $(SHARED_FILES))) \
	$(addprefix $(BASH_AT)/,nca $(NAMES)) $(NAMES:%=$(FISH_AT)/%.fish) $(ZSH_AT)/_nca \
	share/file/magic/nca $(MODULEFILE)

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/nca
	install -m 755 $(PROGRAMS:%=$(BUILD)/bin/%) $(DESTDIR)$(PREFIX)/bin
	for page in $(MANUALS); do install -D -m 644 -t \
		$(DESTDIR)$(PREFIX)/share/man/man$${page##*.} $$page || exit; done
	for file in $(PIPELINES); do install -m $$(test -x $$file && echo 755 || echo 644) \
		$$file $(DESTDIR)$(PREFIX)/share/nca || exit; done
	for name in $(COMMANDS:pipelines/nca-%=%); do \
		ln -sf ../share/nca/nca-$$name $(DESTDIR)$(PREFIX)/bin/nca-$$name && \
		ln -sf nca-$$name $(DESTDIR)$(PREFIX)/share/nca/$$name || exit; done
	install -m 644 $(SHARED_FILES) $(DESTDIR)$(PREFIX)/share/nca
	install -D -m 644 format/nca.magic $(DESTDIR)$(PREFIX)/share/file/magic/nca
	install -d $(DESTDIR)$(PREFIX)/$(dir $(MODULEFILE))
	sed 's|@PREFIX@|$(PREFIX)|; s|@VERSION@|$(VERSION)|; s|@PYTHON@|$(PYTHON_AT)|' \
		common/modulefile.lua >$(DESTDIR)$(PREFIX)/$(MODULEFILE)
	install -D -m 644 -t $(PACKAGE_AT) $(PACKAGE)
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/$(BASH_AT) $(COMPLETIONS)/nca
	for name in $(NAMES); do ln -sf nca $(DESTDIR)$(PREFIX)/$(BASH_AT)/$$name || exit; done
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/$(ZSH_AT) $(COMPLETIONS)/_nca
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/$(FISH_AT) $(COMPLETIONS)/fish/*.fish
	$(if $(MODULES),,@echo "For Python, 'import nca' needs PYTHONPATH=$(PREFIX)/share/nca/python")

# What install has put there, with what Python has compiled of it, and nothing else.
uninstall:
	rm -f $(INSTALLED:%=$(DESTDIR)$(PREFIX)/%)
	rm -f $(PACKAGE:pipelines/python/nca/%=$(PACKAGE_AT)/%)
	@rm -f $(DESTDIR)$(PREFIX)/share/nca/__pycache__/nca.cpython-*.pyc \
		$(patsubst pipelines/python/nca/%.py,$(PACKAGE_AT)/__pycache__/%.cpython-*.pyc,\
		$(filter %.py,$(PACKAGE)))
	@for folder in $(PACKAGE_AT)/__pycache__ $(PACKAGE_AT) \
		$(addprefix $(DESTDIR)$(PREFIX)/share/,nca/python nca/__pycache__ nca modulefiles/nca); do \
		rmdir $$folder 2>/dev/null || true; done

# What tests/gpu/run takes to a machine with a GPU and nothing else.
EMULATED = nca-step nca-batch rate
gpu: all $(BUILD)/bench/rate $(EMULATED:%=$(BUILD)/emulated/%)
	@[ "$(CUDA)" != no ] || { echo "make gpu needs nvcc" >&2; exit 1; }
	@mkdir -p $(BUILD)/gpu/bin $(BUILD)/gpu/emulated
	for program in $(PROGRAMS:%=bin/%) bench/rate; do \
		strip -o $(BUILD)/gpu/bin/$${program#*/} $(BUILD)/$$program || exit; done
	for program in $(EMULATED); do \
		strip -o $(BUILD)/gpu/emulated/$$program $(BUILD)/emulated/$$program || exit; done

# The package for Python with the programs, for pip, on a Debian machine.
wheel:
	python3 pipelines/python/wheel.py $(BUILD)

# Debian packages of what is committed, in $(BUILD)/deb; apt install ./nca_*.deb installs one.
deb:
	@command -v dh_python3 >/dev/null || \
		{ echo "make deb needs: apt-get install debhelper dh-python" >&2; exit 1; }
	@git diff --quiet HEAD || echo "make deb leaves out what is not committed" >&2
	rm -rf $(BUILD)/deb && mkdir -p $(BUILD)/deb/nca-$(VERSION)
	git archive HEAD | tar -x -C $(BUILD)/deb/nca-$(VERSION)
	cd $(BUILD)/deb/nca-$(VERSION) && \
		env -u MAKEFLAGS -u MFLAGS -u BUILD dpkg-buildpackage -us -uc -j$(JOBS)

bench: all $(BUILD)/bench/rate $(BUILD)/bench/naive
	tests/bench/bench

clean:
	rm -rf $(BUILD)

fmt:
	clang-format -i $$(git ls-files '*.c' '*.h' '*.cu')

.PHONY: all always deps quick check check-long tests memcheck fuzz fuzzers lint lint-long gpu \
	wheel deb bench demo install uninstall clean fmt
.SECONDARY:
-include $(wildcard $(BUILD)/*.d) $(shell find $(addprefix $(BUILD)/,bin-src common format kernels \
	tests) -name '*.d' 2>/dev/null)
