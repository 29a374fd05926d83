package bench

import "encoding/json"

// MarshalJSON writes the result with the keys of docs/json.md.
func (r *Result) MarshalJSON() ([]byte, error) {
	out := resultJSON{
		Model: r.Model, Device: r.Device, CPU: r.CPU, Threads: r.Threads,
		ForwardMS: r.Forward.Median() * 1e3, ForwardRunsMS: milliseconds(r.Forward.Seconds),
		ForwardDeviceMS: r.Forward.DeviceMedian() * 1e3, ForwardDeviceRunsMS: milliseconds(r.Forward.Device),
		ForwardFLOPs: r.Forward.FLOPs, ForwardTrueFLOPs: r.Forward.TrueFLOPs,
		PeakBytes: r.Peak, PlannedBytes: r.Planned, KeptBytes: r.Kept,
		PeakGFLOPS: r.Machine.FLOPS / 1e9, CopyGBS: r.Machine.Bytes / 1e9,
		Layers: r.Forward.json("forward"),
	}
	if r.Step != nil {
		out.Batch = r.Step.Batch
		out.TrainStepMS, out.TrainStepRunsMS = r.Step.Median()*1e3, milliseconds(r.Step.Seconds)
		out.TrainStepDeviceMS, out.TrainStepDeviceRunsMS = r.Step.DeviceMedian()*1e3, milliseconds(r.Step.Device)
		out.TrainStepFLOPs, out.TrainStepTrueFLOPs = r.Step.FLOPs, r.Step.TrueFLOPs
		out.Layers = append(out.Layers, r.Step.json("train_step")...)
	}
	for _, t := range r.Trials {
		out.Trials = append(out.Trials, trialJSON{
			Op: t.Op, Shape: t.Shape, Batch: t.Batch, Kernels: t.Kernels, Algorithm: t.Algorithm, Chosen: t.Chosen,
			MS: t.Seconds * 1e3, PredictedMS: t.Predicted * 1e3, FLOPs: t.FLOPs, TrueFLOPs: t.TrueFLOPs,
		})
	}
	return json.Marshal(out)
}

// resultJSON is the JSON form of a Result.
type resultJSON struct {
	Model   string `json:"model"`
	Device  string `json:"device,omitempty"`
	CPU     string `json:"cpu,omitempty"`
	Threads int    `json:"threads,omitempty"`

	ForwardMS           float64   `json:"forward_ms"`
	ForwardRunsMS       []float64 `json:"forward_runs_ms"`
	ForwardDeviceMS     float64   `json:"forward_device_ms,omitempty"`
	ForwardDeviceRunsMS []float64 `json:"forward_device_runs_ms,omitempty"`
	ForwardFLOPs        int64     `json:"forward_flops"`
	ForwardTrueFLOPs    int64     `json:"forward_true_flops"`

	Batch                 int       `json:"batch,omitempty"`
	TrainStepMS           float64   `json:"train_step_ms,omitempty"`
	TrainStepRunsMS       []float64 `json:"train_step_runs_ms,omitempty"`
	TrainStepDeviceMS     float64   `json:"train_step_device_ms,omitempty"`
	TrainStepDeviceRunsMS []float64 `json:"train_step_device_runs_ms,omitempty"`
	TrainStepFLOPs        int64     `json:"train_step_flops,omitempty"`
	TrainStepTrueFLOPs    int64     `json:"train_step_true_flops,omitempty"`

	PeakBytes    int64   `json:"peak_bytes,omitempty"`
	PlannedBytes int64   `json:"planned_bytes"`
	KeptBytes    int64   `json:"kept_bytes,omitempty"`
	PeakGFLOPS   float64 `json:"peak_gflops,omitempty"`
	CopyGBS      float64 `json:"copy_gbs,omitempty"`

	Layers []layerJSON `json:"layers"`
	Trials []trialJSON `json:"trials,omitempty"`
}

// layerJSON is the JSON form of a Layer.
type layerJSON struct {
	Pass        string  `json:"pass"`
	Name        string  `json:"name"`
	Stage       string  `json:"stage,omitempty"`
	Op          string  `json:"op"`
	Shape       string  `json:"shape"`
	Algorithm   string  `json:"algorithm,omitempty"`
	MS          float64 `json:"ms"`
	PredictedMS float64 `json:"predicted_ms,omitempty"`
	Share       float64 `json:"share"`
	FLOPs       int64   `json:"flops"`
	TrueFLOPs   int64   `json:"true_flops"`
	Bytes       int64   `json:"bytes"`
}

// trialJSON is the JSON form of a Trial.
type trialJSON struct {
	Op          string  `json:"op"`
	Shape       string  `json:"shape"`
	Batch       int     `json:"batch"`
	Kernels     int     `json:"kernels"`
	Algorithm   string  `json:"algorithm"`
	Chosen      bool    `json:"chosen"`
	MS          float64 `json:"ms"`
	PredictedMS float64 `json:"predicted_ms"`
	FLOPs       int64   `json:"flops"`
	TrueFLOPs   int64   `json:"true_flops"`
}

func (p *Pass) json(name string) []layerJSON {
	var out []layerJSON
	for _, l := range p.Layers {
		out = append(out, layerJSON{
			Pass: name, Name: l.Name, Stage: l.Stage, Op: l.Op, Shape: l.Shape, Algorithm: l.Algorithm,
			MS: l.Seconds * 1e3, PredictedMS: l.Predicted * 1e3, Share: p.Share(l),
			FLOPs: l.FLOPs, TrueFLOPs: l.TrueFLOPs, Bytes: l.Bytes,
		})
	}
	return out
}

func milliseconds(seconds []float64) []float64 {
	out := make([]float64, len(seconds))
	for i, s := range seconds {
		out[i] = s * 1e3
	}
	return out
}
