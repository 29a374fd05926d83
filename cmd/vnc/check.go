package main

import (
	"github.com/vnlang/vn/lang/diag"
	"github.com/vnlang/vn/workbench"
)

// checkCommand reports what is wrong with programs.
type checkCommand struct {
	Files []string          `arg:"" name:"file" help:"Programs (.vn) or artifacts (.vnc)."`
	Set   map[string]string `help:"Set a parameter of the model." placeholder:"NAME=VALUE" mapsep:"none"`
	JSON  bool              `name:"json" help:"Print the diagnostics as JSON."`
}

// Help is what --help says beside the flags.
func (*checkCommand) Help() string {
	return `Every mistake of every file is reported in one run, with the line, the reason and a remedy; vnc explain CODE says
more about a code. Models are checked both as they run and as they are trained.

Examples:

    vnc check models/*.vn
    vnc check models/vnet.vn --set image=1,100,100,64`
}

// Run checks each file: its text, its imports, its models, and how they are trained.
func (c *checkCommand) Run(a *app) error {
	var all diag.List
	failed := false
	for _, file := range c.Files {
		found, err := workbench.Check(file, c.Set)
		all = append(all, found...)
		if err != nil {
			a.note("vnc: %v", err)
			failed = true
		}
	}
	if c.JSON {
		if err := diag.WriteJSON(a.out, all); err != nil {
			return err
		}
	} else {
		a.render(all)
	}
	if failed || all.HasErrors() {
		return errFailed
	}
	return nil
}
