package runtime

// Stager is a session on a device with memory of its own, which can bring the inputs of a step there while the step before
// is computed.
type Stager interface {
	Session
	// Stage brings the inputs of a step to the device; StepInput may be left out, as in a Step. One goroutine may do that
	// while another runs steps. Where inputs are staged already it waits until a step has taken them, or until the session
	// is closed, which is an error. When it returns the slices are the caller's again.
	Stage(inputs map[string][]float32) error
	// RunStaged runs a step as Run does, on the inputs that were staged, and takes them: s.Inputs is empty. It is an error
	// where there are none, as it is to call Run where there are.
	RunStaged(s Step) error
}
