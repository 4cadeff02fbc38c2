# Every command that a person or a machine needs. Each works in a fresh clone; `make` alone lists them.
# Tools come from node_modules; the sandbox keeps what it builds in .sandbox/.

# Node 24 is among the development dependencies: the machine's own Node only has to run npm.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
INSTALLED := node_modules/.package-lock.json
JEST := NODE_OPTIONS='--experimental-vm-modules --no-warnings' node node_modules/jest/bin/jest.js

.DEFAULT_GOAL := help
.PHONY: help demo bench bench-path test test-moves faults crash soak check types lint layers style licences generated generate build sandbox down clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(INSTALLED) ## show the operator at work, on a real Kubernetes API server and an AWS stand-in; KEEP=1 leaves them running
	@node test/demo/demo.ts

bench: $(INSTALLED) ## measure the operator with 1,000 and 10,000 tiers; BENCH='--only M1,M7 --tiers 1000 --runs 5'
	@node bench/cli.ts $(BENCH)

bench-path: $(INSTALLED) ## measure the critical path of a new LoadBalanced tier: AWS's part, and the operator's, edge by edge; FACTOR=50 RUNS=3
	@node bench/path.ts $(if $(FACTOR),--factor $(FACTOR)) $(if $(RUNS),--runs $(RUNS))

test: $(INSTALLED) ## run the tests; TEST=path runs those under one path
	@$(JEST) $(TEST) --reporters=default --reporters=./scripts/jest-plain-reporter.ts

test-moves: $(INSTALLED) ## move an app that people use from stage to stage, disturbed in every way, and look for what was lost; RUN=text those whose name has it
	@node test/moves-proof/cli.ts $(if $(RUN),--only '$(RUN)')

faults: $(INSTALLED) ## cause every fault at every point of a tier's life, of long lives at some; CLASS=crash runs one class, TRIAL=text those whose name has it
	@node test/faults/cli.ts $(if $(CLASS),--only $(CLASS)) $(if $(TRIAL),--trial '$(TRIAL)') $(if $(SEED),--seed $(SEED))

crash: $(INSTALLED) ## cause every crash and every lost answer at every point of every life, of long ones too; TRIAL=text those whose name has it
	@node test/faults/cli.ts --whole --only crash,ambiguous $(if $(TRIAL),--trial '$(TRIAL)')

soak: $(INSTALLED) ## cause random faults for MINUTES=5; SEED=number LIVES=1 repeats one life
	@node test/faults/soak/cli.ts --minutes $(or $(MINUTES),5) $(if $(SEED),--seed $(SEED)) $(if $(LIVES),--lives $(LIVES))

check: types lint layers style licences generated ## check types, lint, layers, house style, licences and generated files

types: $(INSTALLED)
	tsc --noEmit

lint: $(INSTALLED)
	biome check --error-on-warnings .

layers style licences: $(INSTALLED)
	node scripts/check-$@.ts

generated: $(INSTALLED)
	node scripts/generate-crd.ts --check
	node scripts/generate-scripts.ts --check

generate: $(INSTALLED) ## write the generated files anew
	node scripts/generate-crd.ts
	node scripts/generate-scripts.ts

build: $(INSTALLED) ## bundle the operator into dist/
	node scripts/bundle.ts

sandbox: $(INSTALLED) ## start the sandbox and keep it running for kubectl and the operator
	@node test/sandbox/cli.ts up

down: $(INSTALLED) ## end every sandbox that was left running
	@node test/sandbox/cli.ts down

clean: down ## remove what was built; what took long to build (.sandbox/cache) stays
	rm -rf dist coverage .sandbox/run-*

$(INSTALLED): package-lock.json
	@echo 'installing the packages of package-lock.json (once, about a minute) ...'
	@npm ci --no-audit --no-fund --loglevel=error
	@touch $@
