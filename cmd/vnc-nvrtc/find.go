//go:build linux && (amd64 || arm64)

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// sonames are the names under which NVRTC is looked for, the newest first.
var sonames = []string{"libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so.11.2"}

// places returns the files and names to try, in order.
func places() []string {
	if name := os.Getenv("VN_NVRTC"); name != "" {
		return []string{name}
	}
	names := slices.Clone(sonames)
	var folders []string
	if self, err := os.Executable(); err == nil {
		for _, beside := range []string{"cuda-tools/lib", "build/cuda-tools/lib", "../cuda-tools/lib"} {
			folders = append(folders, filepath.Join(filepath.Dir(self), beside))
		}
	}
	if toolkit := os.Getenv("CUDA_HOME"); toolkit != "" {
		folders = append(folders, filepath.Join(toolkit, "lib64"))
	}
	folders = append(folders, "/usr/local/cuda/lib64")
	for _, folder := range folders {
		for _, name := range sonames {
			if file := filepath.Join(folder, name); exists(file) {
				names = append(names, file)
			}
		}
	}
	return names
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// load loads the first library of those names that does what is asked for.
func load(names []string, w wanted) (*library, error) {
	var unfit, absent []string
	for _, name := range names {
		l, err := open(name)
		if err != nil {
			absent = append(absent, err.Error())
			continue
		}
		reason := l.misfit(w)
		if reason == "" {
			return l, nil
		}
		if reason = l.name() + " " + reason; !slices.Contains(unfit, reason) {
			unfit = append(unfit, reason)
		}
	}
	if len(unfit) > 0 {
		return nil, fmt.Errorf("%w that will do: %s: install another, or name it in VN_NVRTC", errNoLibrary, strings.Join(unfit, "; "))
	}
	if name := os.Getenv("VN_NVRTC"); name != "" {
		return nil, fmt.Errorf("%w: VN_NVRTC is %s, which cannot be loaded: %s: correct it, or unset it", errNoLibrary, name, strings.Join(absent, "; "))
	}
	return nil, fmt.Errorf("%w: install NVIDIA's CUDA toolkit, or fetch the library alone with scripts/cuda-tools.sh, and name it in VN_NVRTC where it is not found\n  %s",
		errNoLibrary, strings.Join(absent, "\n  "))
}

// misfit says why a library does not do what is asked for; empty where it does. A driver loads no machine code of a later
// major version than its own. A library that does not list its architectures is taken.
func (l *library) misfit(w wanted) string {
	major, _ := l.version()
	if w.driver.major > 0 && major > w.driver.major {
		return fmt.Sprintf("is too new for the driver, which goes up to CUDA %s", &w.driver)
	}
	var number int32
	var suffix string
	if n, _ := fmt.Sscanf(w.arch, "sm_%d%s", &number, &suffix); n == 0 || l.countArchs == nil || l.listArchs == nil {
		return ""
	}
	var count int32
	if l.countArchs(&count) != 0 || count == 0 {
		return ""
	}
	known := make([]int32, count)
	// The list is of plain numbers. What sm_90a has beside sm_90 came with version 12.
	if l.listArchs(&known[0]) != 0 || slices.Contains(known, number) && (suffix == "" || major >= 12) {
		return ""
	}
	return "does not know " + w.arch
}
