package cuda

import (
	"fmt"
	"slices"
)

// Precision says in what the feature maps are stored and what the tensor cores multiply. Sums are always in float32, and
// so are weights, their gradients, and every program between load and store.
type Precision string

// The precisions.
const (
	FP32 Precision = "fp32" // no tensor cores: for exact comparison
	TF32 Precision = "tf32" // float32 in memory, products of 10-bit mantissas
	BF16 Precision = "bf16"
	FP16 Precision = "fp16"
)

// Precisions are all of them.
var Precisions = []Precision{FP32, TF32, BF16, FP16}

// ParsePrecision returns the precision of that name.
func ParsePrecision(name string) (Precision, error) {
	if p := Precision(name); slices.Contains(Precisions, p) {
		return p, nil
	}
	return "", fmt.Errorf("there is no precision %q: choose fp32, tf32, bf16 or fp16", name)
}

// DType is how numbers are stored on the device.
type DType string

// The ways of storing numbers.
const (
	F32  DType = "f32"
	BF   DType = "bf16"
	Half DType = "f16"
)

// Size returns the bytes of a number.
func (d DType) Size() int64 {
	if d == F32 {
		return 4
	}
	return 2
}

// storage returns how feature maps are stored.
func (p Precision) storage() DType {
	switch p {
	case BF16:
		return BF
	case FP16:
		return Half
	}
	return F32
}

// Arch is what the kernels are written for.
type Arch string

// The architectures: SM80 runs on every NVIDIA GPU since Ampere, SM90a on Hopper alone.
const (
	SM80  Arch = "sm_80"  // cp.async, ldmatrix, mma.sync
	SM90a Arch = "sm_90a" // and tensor memory accelerator, mbarriers, wgmma
)

// Options say how a plan is emitted.
type Options struct {
	Precision Precision
	Arch      Arch
}

// check reports options that there are not.
func (o Options) check() error {
	if _, err := ParsePrecision(string(o.Precision)); err != nil {
		return err
	}
	if o.Arch != SM80 && o.Arch != SM90a {
		return fmt.Errorf("there is no architecture %q: choose %s or %s", o.Arch, SM80, SM90a)
	}
	return nil
}
