package op

import (
	"hash/fnv"
	"math"

	"github.com/vnlang/vn/compiler/ir"
)

// initial describes one kind of initial value: an element is a random number, or 1 where none is drawn, times a scale.
type initial struct {
	gain, fanIn, fanOut bool                                       // the attributes that the scale is computed from
	draw                func(key, sample, block uint64) [4]float64 // four numbers at a time
	scale               func(p Parameter) float64
}

// initials are the values of Parameter.Init.
//
// msra is He, Zhang, Ren, Sun, Delving Deep into Rectifiers, ICCV 2015, eq. 10; for a PReLU of slope a, eq. 15, the
// gain is 1/sqrt(1+a²). msra_average is Caffe's filler of that name, which divides by the mean of both fans, as Glorot
// and Bengio, Understanding the difficulty of training deep feedforward neural networks, AISTATS 2010, eq. 12, do.
// uniform with the gain 1 is what PyTorch's convolutions start from.
var initials = map[string]initial{
	"zeros":    {scale: func(Parameter) float64 { return 0 }},
	"ones":     {scale: func(Parameter) float64 { return 1 }},
	"constant": {scale: func(p Parameter) float64 { return p.Gain }},
	"uniform": {gain: true, fanIn: true, draw: symmetric, scale: func(p Parameter) float64 {
		return p.Gain / math.Sqrt(float64(p.FanIn))
	}},
	"msra": {gain: true, fanIn: true, draw: Normals, scale: func(p Parameter) float64 {
		return p.Gain * math.Sqrt(2/float64(p.FanIn))
	}},
	"msra_average": {fanIn: true, fanOut: true, draw: Normals, scale: func(p Parameter) float64 {
		return math.Sqrt(2 / ((float64(p.FanIn) + float64(p.FanOut)) / 2))
	}},
	"normal": {gain: true, draw: Normals, scale: func(p Parameter) float64 { return p.Gain }},
}

// symmetric returns four numbers that are uniform in [-1, 1).
func symmetric(key, sample, block uint64) [4]float64 {
	numbers := Uniforms(key, sample, block)
	for i, x := range numbers {
		numbers[i] = 2*x - 1
	}
	return numbers
}

// InitialOf returns the elements of a parameter or a state before the first step, in memory order, and whether the op is
// one. The op is one that its shape rule accepts.
func InitialOf(o ir.Op, seed uint64) (values []float32, ok bool) {
	switch o := o.(type) {
	case Parameter:
		return InitialValue(o, seed), true
	case State:
		values = make([]float32, ir.NewType(o.Axes...).Elements())
		for i := range values {
			values[i] = float32(o.Init)
		}
		return values, true
	}
	return nil, false
}

// InitialValue returns the elements of a parameter before the first step, in memory order. They are a function of the
// seed, the parameter's name and the place in the tensor alone: what else a model has, and in which order, changes
// nothing. The parameter is one that its shape rule accepts.
func InitialValue(p Parameter, seed uint64) []float32 {
	name := fnv.New64a()
	name.Write([]byte(p.Name))
	key := RandomKey(seed, name.Sum64(), initialStream)
	init := initials[p.Init]
	scale := init.scale(p)
	numbers := [4]float64{1, 1, 1, 1}
	values := make([]float32, ir.NewType(p.Axes...).Elements())
	for i := range values {
		if init.draw != nil && i%4 == 0 {
			numbers = init.draw(key, 0, uint64(i/4))
		}
		values[i] = float32(numbers[i%4] * scale)
	}
	return values
}

// initialStream keeps the numbers of initial values apart from those of Random ops, whose streams are not negative.
const initialStream = -1
