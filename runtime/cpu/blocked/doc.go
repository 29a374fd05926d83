// Package blocked computes convolutions on channel-blocked feature maps without a transform, for the CPU engine. There
// are three families (FamilyOf):
//
//   - products: the kernel equals the stride on every axis and nothing is padded, so that the windows tile the input
//     (a 1x1x1 convolution, the 2x2x2 steps down of a V-Net). All three directions; the input gradient is the step up.
//   - narrow convolutions: stride 1, any kernel and padding, at most 4 input channels, as in the first layer of a
//     network. Forward and weight gradient.
//   - taps: every other kernel, stride, dilation and padding, such as the strided 3x3x3 steps down of nnU-Net. All three
//     directions.
//
// The first two are limited by memory rather than by arithmetic, and gain nothing from fewer multiplications; the third
// is for what a minimal algorithm cannot do. Each is matrix products whose rows are voxels, whose columns are vectors of
// 16 output channels, and whose depth runs over channels and taps, each at one constant offset from the voxel
// (kernel.MultiplySteps).
//
// A product reads the input map where it lies; a narrow convolution reads a padded copy of one sample with its channels
// side by side. Going up, the columns of one coarse voxel are the fine voxels along x as well, so that the rows of the
// fine map come out whole. A task is a few rows: every column of the weights passes over them while they are in the
// caches. The weight gradient is a sum of outer products over voxels (kernel.Outer): per task from zero, then over the
// tasks in their order.
//
// Taps read a map in place where all of them are inside it, and around that a copy of a few rows with zeros
// (phase.frame). The input gradient with a stride is one such sum for each residue of the input coordinate, over the
// taps that reach it (residue). In the weight gradient, which reads copies throughout, the rows are input channels and
// the depth runs over voxels.
//
// Maps are plain or blocked on either side. Tasks are cut by the shape alone, each value is summed by one task in one
// order, and running allocates nothing: the bits do not depend on the number of threads.
package blocked
