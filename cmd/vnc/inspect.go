package main

import (
	"fmt"

	"github.com/vnlang/vn/compiler/report"
	"github.com/vnlang/vn/internal/units"
	"github.com/vnlang/vn/workbench"
)

// modelFlags say which model of a file is meant, and with which parameters.
type modelFlags struct {
	Model string            `help:"The model that is meant, where the file declares several." placeholder:"NAME"`
	Set   map[string]string `help:"Set a parameter of the model, such as width=8 or image=1,64,64,32; sizes are written in the order channel, x, y, z." placeholder:"NAME=VALUE" mapsep:"none"`
}

// inspectCommand shows what a model is made of.
type inspectCommand struct {
	modelFlags
	computeFlags
	File  string `arg:"" help:"A program (.vn) or an artifact (.vnc)."`
	Batch int    `help:"Samples in a training step, instead of the recipe's." placeholder:"N"`
	JSON  bool   `name:"json" help:"Print the report as JSON; docs/json.md explains the keys."`
}

// Help is what --help says beside the flags.
func (*inspectCommand) Help() string {
	return `Shapes are written channel, x, y, z. A multiply-add counts two FLOPs. The receptive field is how many voxels of the
input one voxel of the stage sees along an axis. The memory is what the plans take at their peak: weights, activations
and workspace, known before anything runs.

Examples:

    vnc inspect models/vnet.vn
    vnc inspect models/vnet.vn --set width=8 --batch 1 --json
    vnc inspect vnet.vnc`
}

// Run loads the model, compiled for this machine's device, and prints the report.
func (c *inspectCommand) Run(a *app) error {
	m, err := workbench.Load(c.File, workbench.Options{Model: c.Model, Set: c.Set, Batch: c.Batch, Training: true, ScaleLoss: c.scalesLoss()})
	if err != nil {
		return err
	}
	defer m.Close()
	a.render(m.Warnings)
	device, err := a.open(c.computeFlags, m.Kernels)
	if err != nil {
		return err
	}
	defer device.Close()
	a.noteMemory(device, m.Inference, m.Training)
	r := m.Inspect(device)
	if c.JSON {
		return writeJSON(a.out, r)
	}
	return printReport(a, r)
}

// printReport prints a report as a table, and the totals below it.
func printReport(a *app, r *report.Report) error {
	fmt.Fprintf(a.out, "%s\n\n", r.Model)
	t := &table{right: []bool{false, false, true, true, true}}
	t.row("stage", "output", "parameters", "FLOPs", "receptive field")
	for _, s := range r.Stages {
		t.row(s.Name, sizesText(s.Shape), thousands(int64(s.Parameters)), scaled(s.FLOPs), fieldText(s.ReceptiveField))
	}
	t.row("total", "", thousands(int64(r.Parameters)), scaled(r.FLOPs))
	if err := t.print(a.out); err != nil {
		return err
	}
	fmt.Fprintf(a.out, "\nvalid sizes  %s\n", r.Sizes)
	fmt.Fprintf(a.out, "memory       %s for inference", units.Bytes(r.Memory.Inference))
	if r.Memory.Training > 0 {
		fmt.Fprintf(a.out, ", %s for training at batch %d", units.Bytes(r.Memory.Training), r.Batch)
	}
	_, err := fmt.Fprintln(a.out)
	return err
}

// fieldText writes a receptive field: one number where x, y and z are the same.
func fieldText(f report.ReceptiveField) string {
	one := func(n int) string {
		if n == 0 {
			return "all"
		}
		return fmt.Sprint(n)
	}
	if f[0] == f[1] && f[1] == f[2] {
		return one(f[0])
	}
	return one(f[0]) + " × " + one(f[1]) + " × " + one(f[2])
}
