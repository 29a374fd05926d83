package main

import (
	"fmt"
	"maps"
	"runtime"
	"runtime/debug"
	"slices"

	"github.com/vnlang/vn/artifact"
	"github.com/vnlang/vn/runtime/cpu/kernel"
)

// versionCommand prints the version.
type versionCommand struct {
	JSON bool `name:"json" help:"Print it as JSON."`
}

// versionInfo is what --json prints.
type versionInfo struct {
	Version  string   `json:"version"`
	Go       string   `json:"go"`
	Platform string   `json:"platform"`
	Format   int      `json:"format"`  // of artifacts
	CPU      []string `json:"cpu"`     // the paths of the CPU engine that this machine has, fastest first
	Devices  []string `json:"devices"` // that the build can compute on
}

// Run prints the version.
func (c *versionCommand) Run(a *app) error {
	if c.JSON {
		return writeJSON(a.out, versionInfo{
			Version: revision(), Go: runtime.Version(), Platform: platform(), Format: artifact.Format, CPU: kernel.Paths(),
			Devices: append([]string{"cpu"}, slices.Sorted(maps.Keys(openers))...),
		})
	}
	_, err := fmt.Fprintln(a.out, version())
	return err
}

// version returns the version in one line.
func version() string {
	return fmt.Sprintf("vnc %s, %s %s, artifact format %d, cpu %v", revision(), runtime.Version(), platform(), artifact.Format, kernel.Paths())
}

func platform() string { return runtime.GOOS + "/" + runtime.GOARCH }

// revision returns the version of the module, or the revision that it was built from.
func revision() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "(unknown)"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	revision, changed := "(devel)", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			revision = s.Value[:min(12, len(s.Value))]
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = " with changes"
		}
	}
	return revision + changed
}
