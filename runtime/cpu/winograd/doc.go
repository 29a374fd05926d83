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
//  2. for each point of z and chunk of tiles, the y transform makes n_y rows of each row of tiles; then, for one point
//     of y at a time, the x transform makes the operands V of n_x matrix products, [tiles][channels] by
//     [channels][channels], with the transformed weights U, and their results M go back through the x output
//     transform, and at last through that of y to rows of n_z planes;
//  3. the z output transform makes finished rows and hands them to the Sink.
//
// With z outermost all transforms work on long rows, and neighbours in all three axes share their transforms. The full
// V, eight times the input for tiles of 4, never exists: only that of n_x products of a chunk, which a first-level
// cache nearly holds. Results take the place of what is not needed any more: M of a product that of V of the one before,
// rows that of rows, and planes that of Z (chunk). What remains to pass the second-level cache is U, and for that slabs
// and chunks are sized (newPlan).
//
// A. Lavin and S. Gray, Fast Algorithms for Convolutional Neural Networks, 2016; the nesting over three axes is theirs
// for two.
package winograd
