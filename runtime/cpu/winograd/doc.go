// Package winograd computes three-dimensional convolutions with stride 1 by minimal algorithms: an output tile of
// m_z m_y m_x voxels takes n_z n_y n_x multiplications for each pair of channels, n = m+r-1, where the sum over the
// kernel takes (m r)^3. With 5^3 taps and tiles of 4^3 that is 512 instead of 8000.
//
// # Method
//
// The matrices of F(m, r) (package cooktoom) are applied along the axes one after another, first z. Work is cut into
// slabs of some rows of tiles. Of a slab,
//
//  1. the z transform makes n_z planes of the input's rows, called Z;
//  2. for each point of z and chunk of tiles, the y and x transforms make the operands V of n_y n_x matrix products,
//     each [tiles][channels] by [channels][channels], with the transformed weights U; the results M go back through the
//     x and y output transforms to rows of a plane;
//  3. the z output transform makes finished rows of n_z planes and hands them to the Sink.
//
// With z outermost all transforms work on long rows, neighbours in all three axes share their transforms, and only the
// n_y n_x products of one point of z have operands at a time, small enough for the second-level cache. M of one point
// is written over V of the point before, and rows of results over rows of Z that no tile needs any more.
//
// A.Lavin and S. Gray, Fast Algorithms for Convolutional Neural Networks, 2016; the nesting over three axes is theirs
// for two.
package winograd
