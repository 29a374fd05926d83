package workbench

import (
	"encoding/json"
	"fmt"

	"github.com/vnlang/vn/compiler/plan"
	"github.com/vnlang/vn/compiler/report"
	"github.com/vnlang/vn/runtime"
)

// Inspect reports on the model, with the memory that its plans take on a device: variables, activations and workspace.
func (m *Model) Inspect(d runtime.Device) *report.Report {
	r := *m.report
	r.Memory.Inference = d.Memory(m.Inference) + variableBytes(m.Inference)
	if m.Training != nil {
		r.Memory.Training = d.Memory(m.Training) + variableBytes(m.Training)
	}
	return &r
}

// variableBytes returns the bytes of a plan's parameters and states.
func variableBytes(p *plan.Plan) int64 {
	total := int64(0)
	for _, b := range p.Buffers {
		if b.Class == plan.Variable {
			total += b.Bytes()
		}
	}
	return total
}

// decodeReport reads a report as it is stored in an artifact.
func decodeReport(text []byte) (*report.Report, error) {
	type stage struct {
		report.Stage
		ReceptiveField json.RawMessage `json:"receptive_field"` // one number where x, y and z are equal
	}
	var stored struct {
		report.Report
		Stages []stage `json:"stages"`
	}
	if err := json.Unmarshal(text, &stored); err != nil {
		return nil, fmt.Errorf("the artifact's report: %w; compile the model again", err)
	}
	r := stored.Report
	for _, s := range stored.Stages {
		field := &s.Stage.ReceptiveField
		var all int
		if json.Unmarshal(s.ReceptiveField, &all) == nil {
			*field = report.ReceptiveField{all, all, all}
		} else if err := json.Unmarshal(s.ReceptiveField, (*[3]int)(field)); err != nil {
			return nil, fmt.Errorf("the artifact's report: receptive field of %s: %w; compile the model again", s.Name, err)
		}
		r.Stages = append(r.Stages, s.Stage)
	}
	return &r, nil
}
