//go:build !linux || !(amd64 || arm64)

package main

import "fmt"

// library stands for NVRTC where this command cannot load it.
type library struct{}

func places() []string { return nil }

func load([]string, wanted) (*library, error) {
	return nil, fmt.Errorf("%w for this system: vnc-nvrtc runs on Linux, on amd64 and arm64", errNoLibrary)
}

func (*library) stamp() string { return "" }

func (*library) compile(string, []string) ([]byte, string, error) { return nil, "", errNoLibrary }
