package eval

import (
	"hash/fnv"
	"slices"
)

// stateNatives make what lives longer than a step, and what differs in each.
var stateNatives = []native{
	{"parameter(shape: list, init: any = uniform, gain: float = 1.0, fan_in: int = 0, fan_out: int = 0)",
		"A weight that is trained. `init` is uniform (±gain/sqrt(fan_in)), msra, msra_average, normal, zeros, ones or a number.", makeParameter},
	{"state(shape: list = [], like: any = [], init: float = 0.0)",
		"A value that lives from step to step, of a shape, or of the shape of a tensor.", makeState},
	{"update(state, value)", "Gives a state its value for the next step.", update},
	{"random(shape: list = [], like: any = [], distribution: string = uniform)",
		"Random numbers, drawn anew for each sample in each step: uniform in [0, 1), or normal.", random},
}

// Parameter is a trained weight of a model.
type Parameter struct {
	Name   string // the path to it: left2.residual.conv2.weight
	Stage  string // the stage that it belongs to; may be empty
	Tensor *Tensor
}

// State is a value that lives from step to step: a running mean, a momentum.
type State struct {
	Name   string
	Tensor *Tensor
}

// Update gives a parameter or a state its next value, at the end of the step.
type Update struct {
	Name          string // the parameter's or the state's
	Target, Value Ref
}

var inits = []string{"uniform", "msra", "msra_average", "normal", "zeros", "ones"}

func makeParameter(e *elaborator, c *invocation) Value {
	if e.place != inModel && e.place != inSession {
		e.fail("parameter/place", c.call, "a parameter is made in %s", e.place).Help = "parameters belong to models"
		return Unknown{}
	}
	axes, ok := e.shape(c.text("shape"), c.list("shape"))
	if !ok {
		return Unknown{}
	}
	init, gain, ok := e.initialisation(c)
	if !ok {
		return Unknown{}
	}
	in, out := fans(axes)
	if n := c.int("fan_in").Value; n > 0 {
		in = int(min(n, maxElements))
	}
	if n := c.int("fan_out").Value; n > 0 {
		out = int(min(n, maxElements))
	}
	name, ok := e.valueName(c)
	if !ok {
		return Unknown{}
	}
	t := e.emit("parameter", map[string]any{"name": name, "axes": axes, "init": init, "gain": gain, "fanin": in, "fanout": out},
		axes, false)
	e.model.Parameters = append(e.model.Parameters, &Parameter{name, e.stage, t})
	return t
}

// initialisation reads `init`: a word, or the number that every element begins as.
func (e *elaborator) initialisation(c *invocation) (init string, gain float64, ok bool) {
	gain = c.values["gain"].(Float).Value
	v := e.word(c.texts["init"], c.values["init"])
	if s, isString := v.(String); isString && slices.Contains(inits, s.Value) {
		return s.Value, gain, true
	}
	if f, isNumber := number(v); isNumber {
		return "constant", f, true
	}
	d := e.fail("parameter/init", c.text("init"), "%s is no initialisation", describe(v))
	d.Help = "one of " + enumerate(inits) + ", or a number"
	if s, isString := v.(String); isString {
		d.Help = orElse(suggest(s.Value, inits), d.Help)
	}
	return "", 0, false
}

// fans counts how many values an output of a weight is made from, and how many outputs a value goes to. A weight
// without `in` and `out` multiplies one value.
func fans(axes []Axis) (in, out int) {
	in, out = 1, 1
	for _, a := range axes {
		if a.Name != outAxis && a.Name != channelAxis {
			in *= a.Size.Value
		}
		if a.Name != inAxis && a.Name != channelAxis {
			out *= a.Size.Value
		}
	}
	return in, out
}

// valueName is the path of a parameter or a state: the scope and the name that the value is bound to.
func (e *elaborator) valueName(c *invocation) (string, bool) {
	name := e.binding
	if name == "" {
		name = c.name
	}
	s := e.frame.scope
	if c.as != "" && s.taken[c.as] {
		e.fail("parameter/name", c.call, "two values here are named %q", c.as).Help = "give each its own name"
		return "", false
	}
	return s.join(s.claim(name)), true
}

func makeState(e *elaborator, c *invocation) Value {
	if e.place == inConstant || e.place == inLoss {
		e.fail("parameter/place", c.call, "a state is made in %s", e.place).Help = "states belong to models and optimizers"
		return Unknown{}
	}
	axes, _, ok := e.shapeOrLike(c)
	if !ok {
		return Unknown{}
	}
	name, ok := e.valueName(c)
	if !ok {
		return Unknown{}
	}
	init := c.values["init"].(Float).Value
	t := e.emit("state", map[string]any{"name": name, "axes": axes, "init": init}, axes, false)
	t.state = &State{name, t}
	e.model.States = append(e.model.States, t.state)
	return t
}

// shapeOrLike reads `shape` or `like`, exactly one of which is given.
func (e *elaborator) shapeOrLike(c *invocation) (axes []Axis, batched, ok bool) {
	like, isTensor := c.values["like"].(*Tensor)
	byShape := c.texts["shape"] != nil
	if isTensor && !byShape {
		return like.Axes, like.Batched, true
	}
	if isTensor || !byShape {
		e.fail("call/missing", c.call, "`%s` wants either a shape or `like`", c.name).Help =
			c.name + "([channel: 8]) or " + c.name + "(like: x)"
		return nil, false, false
	}
	axes, ok = e.shape(c.text("shape"), c.list("shape"))
	return axes, true, ok
}

func update(e *elaborator, c *invocation) Value {
	target, ok := c.values["state"].(*Tensor)
	if !ok || target.state == nil {
		e.fail("parameter/update", c.text("state"), "only a state can be updated, and this is %s", describe(c.values["state"])).Help =
			"make one with state(like: x), and give it to update by its own name"
		return Unknown{}
	}
	value := c.tensor(e, "value")
	if value.Batched {
		e.fail("shape/batch", c.text("value"), "a state is the same for all samples, but this value differs from sample to sample").Help =
			"reduce it over the batch: mean(v, over: [batch, space])"
		return Unknown{}
	}
	for _, a := range value.Axes {
		b := target.axis(a.Name)
		if b == nil || a.Size.Value != 1 && a.Size.Value != b.Size.Value {
			e.fail("shape/update", c.text("value"), "the state `%s` is a %s, but its next value is a %s", target.state.Name, target, value)
			return Unknown{}
		}
	}
	if slices.ContainsFunc(e.model.Updates, func(u Update) bool { return u.Name == target.state.Name }) {
		e.fail("parameter/update", c.call, "the state `%s` is updated twice in a step", target.state.Name)
		return Unknown{}
	}
	if e.options.Training {
		value = e.broadcast(value, target.Axes, false)
		e.model.Updates = append(e.model.Updates, Update{target.state.Name, target.Ref, value.Ref})
	}
	return Nothing{}
}

func random(e *elaborator, c *invocation) Value {
	axes, batched, ok := e.shapeOrLike(c)
	if !ok {
		return Unknown{}
	}
	batched = batched && e.place != inOptimizer
	d := c.string("distribution")
	if d != "uniform" && d != "normal" {
		e.fail("type/argument", c.text("distribution"), "%q is no distribution", d).Help = "write uniform or normal"
		return Unknown{}
	}
	attrs := map[string]any{"stream": e.stream(), "axes": e.full(axes, batched), "distribution": d}
	return e.emit("random", attrs, axes, batched)
}

// stream numbers a use of randomness by its path, so that an edit elsewhere in the model leaves its numbers as they
// are.
func (e *elaborator) stream() int {
	s := e.frame.scope
	h := fnv.New32a()
	h.Write([]byte(s.join(s.claim("random"))))
	return int(h.Sum32() >> 1)
}
