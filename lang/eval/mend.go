package eval

// mend finds sizes of the inputs with which the model can be made, and gives them to the errors over sizes as help.
// The model itself is run at other sizes, until one fits; the sizes that it then accepts are known.
func (e *elaborator) mend(name string) {
	good := e.fitting(name)
	if good == nil {
		return
	}
	for _, m := range e.misaligned {
		help := remedy(m.axes, func(axis string) (Sizes, int, bool) {
			for _, in := range e.model.Inputs {
				if a := in.Tensor.axis(axis); a != nil {
					return good.validSizes(in.Name, axis), a.Size.Value, true
				}
			}
			return Sizes{}, 0, false
		})
		if help != "" {
			m.d.Help = help
		}
	}
}

// fitting runs the model with its sizes of space rounded up to multiples of 2, 4, 8, ... and returns the first run
// without an error.
func (e *elaborator) fitting(name string) *elaborator {
	for multiple := 2; multiple <= 256; multiple *= 2 {
		o := e.options
		o.Graph = nil
		o.sizes = map[string]int{}
		for _, in := range e.model.Inputs {
			for _, a := range in.Tensor.space() {
				o.sizes[in.Name+" "+a.Name] = (a.Size.Value + multiple - 1) / multiple * multiple
			}
		}
		m, found := e.program.Elaborate(name, o)
		if m != nil && !found.HasErrors() {
			return m.machine
		}
	}
	return nil
}

// Accepts returns the sizes that the model accepts on each axis of space of its inputs, the other sizes staying as
// they are. The list is empty for a model with errors.
func (m *Model) Accepts() []Sizes {
	var out []Sizes
	for _, in := range m.Inputs {
		for _, a := range in.Tensor.written() {
			if spatial(a.Name) {
				out = append(out, m.machine.validSizes(in.Name, a.Name))
			}
		}
	}
	return out
}
