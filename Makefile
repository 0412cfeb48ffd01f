# make demo     connect the embedded org, step by step           (ONCE=1 exits at the end; SOURCE=dir serves your own metadata)
# make test     every test
# make verify   longer tests: sanitizers, long fuzzing, key generation at every size
# make bench    speed, as ratios
# make rotations  many seeded rotations of a certificate     (ROTATIONS=1000; SEED=1)
# make format   format the sources

# make build    build the program

.PHONY: build demo test verify bench diagnosis rotations format
.SILENT:

build:
	bash -c '. scripts/needs.sh && need_swift && need_packages "$${BUILD_PACKAGES[@]}" && build --product aprity'

demo:
	scripts/demo.sh

test:
	scripts/test.sh

verify:
	scripts/verify.sh

bench:
	scripts/bench.sh

diagnosis:
	scripts/diagnosis.sh

rotations:
	scripts/rotations.sh

format:
	swift format --in-place --recursive Sources Tests Examples/Swift Package.swift
