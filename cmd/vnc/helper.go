package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// helperName is the command that computes on a GPU: vnc, built with the tag cuda. It is another one because it needs
// NVIDIA's driver to start at all, and vnc runs everywhere.
const helperName = "vnc-cuda"

// howToBuild says how to come by the helper.
const howToBuild = "build it with\n    scripts/cuda-tools.sh\n    CGO_CFLAGS=-I$PWD/build/cuda-tools/include go build -tags cuda -o vnc-cuda ./cmd/vnc\nin the directory of the sources of vnc (README.md, \"On a GPU\"), and put it beside vnc or into a directory of PATH"

// errNoHelper is the error where the helper is not found.
var errNoHelper = errors.New("there is no " + helperName + " beside vnc or on PATH, which computes on GPUs: " + howToBuild)

// helper finds the command that computes on a GPU.
func helper() (string, error) {
	if self, err := os.Executable(); err == nil {
		if resolved, err := filepath.EvalSymlinks(self); err == nil {
			self = resolved
		}
		file := filepath.Join(filepath.Dir(self), helperName)
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return file, nil
		}
	}
	if file, err := exec.LookPath(helperName); err == nil {
		return file, nil
	}
	return "", errNoHelper
}

// handOver makes the process the helper, with the same arguments. It returns only when that cannot be.
func handOver(args []string) error {
	file, err := helper()
	if err != nil {
		return err
	}
	err = syscall.Exec(file, append([]string{file}, args...), os.Environ())
	return fmt.Errorf("start %s: %w", file, err)
}
