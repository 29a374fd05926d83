package main

import (
	"fmt"

	"github.com/vnlang/vn/workbench"
)

// weightsCommand lists weights.
type weightsCommand struct {
	modelFlags
	File   string `arg:"" help:"Weights (.safetensors), an artifact (.vnc) or a program (.vn)."`
	Export string `help:"Write the weights of the artifact to a file of their own." placeholder:"FILE.safetensors"`
	JSON   bool   `name:"json" help:"Print the table as JSON."`
}

// Help is what --help says beside the flags.
func (*weightsCommand) Help() string {
	return `Of a program, the weights are listed that it needs: their names say where they stand in the model, and shapes are in
memory order, the last axis fastest. Weights made elsewhere under these names run with vnc run --weights.

Examples:

    vnc weights models/vnet.vn
    vnc weights run/checkpoints/step-000500.safetensors
    vnc weights run/model.vnc --export vnet.safetensors`
}

// listing is what --json prints.
type listing struct {
	Tensors  []workbench.WeightInfo `json:"tensors"`
	Elements int                    `json:"elements"`
}

// Run lists the weights, or writes them to a file.
func (c *weightsCommand) Run(a *app) error {
	if c.Export != "" {
		m, err := workbench.Load(c.File, workbench.Options{})
		if err != nil {
			return err
		}
		defer m.Close()
		return m.ExportWeights(c.Export)
	}
	infos, err := workbench.ListWeights(c.File, workbench.Options{Model: c.Model, Set: c.Set})
	if err != nil {
		return err
	}
	all := listing{Tensors: infos}
	t := &table{}
	for _, info := range infos {
		elements := 1
		for _, n := range info.Shape {
			elements *= n
		}
		all.Elements += elements
		t.row(info.Name, info.DType, sizesText(info.Shape))
	}
	if c.JSON {
		return writeJSON(a.out, all)
	}
	if err := t.print(a.out); err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.out, "%d tensors, %s numbers\n", len(infos), thousands(int64(all.Elements)))
	return err
}
