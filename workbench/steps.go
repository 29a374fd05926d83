package workbench

import "github.com/vnlang/vn/lang/eval"

// StepKinds are the steps that the prepare and the augment list of a data declaration may name. Package train carries
// them out; a test holds the two together.
var StepKinds = []eval.StepKind{
	{
		Name: "normalize", For: "prepare",
		Doc: "Map the volume to 0..1 before it is resampled, and give it zero mean and unit deviation afterwards.",
	},
	{
		Name: "flip", For: "augment",
		Doc: "Turn the sample over along each of the axes with probability one half.",
		Params: []eval.StepParam{
			{Name: "axes", Type: "list", Default: []string{"x", "y", "z"}},
		},
	},
	{
		Name: "shift", For: "augment",
		Doc: "Move the sample by a whole number of voxels along each axis, up to `voxels` both ways.",
		Params: []eval.StepParam{
			{Name: "voxels", Type: "voxels"},
		},
	},
	{
		Name: "intensity", For: "augment",
		Doc: "Multiply the image by a factor within 1 ± scale and add a number within ± shift.",
		Params: []eval.StepParam{
			{Name: "scale", Type: "float", Default: 0.0},
			{Name: "shift", Type: "float", Default: 0.0},
		},
	},
}
