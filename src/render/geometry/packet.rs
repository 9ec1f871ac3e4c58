//! Eight rays at a time.

use arrayvec::ArrayVec;

use super::super::bvh::{BoxRays8, Shaft};
use super::super::lanes::{Affine, F, LANES, V, set_lanes, splat};
use super::super::triangle::TriRay;
use super::{Draw, Geometry, Hit, MeshTree, Ray};

/// Most draws that are remembered; where more are in between, the tree is asked ray by ray.
const MOST_BETWEEN: usize = 128;

/// What may stand in the way of some rays.
#[derive(Default)]
pub struct Between {
    opaque: Draws,
    /// What is not simply opaque.
    others: Draws,
}

#[derive(Default)]
struct Draws {
    known: ArrayVec<u32, MOST_BETWEEN>,
    /// Whether there are more.
    more: bool,
}

impl Between {
    /// Whether nothing but opaque draws is.
    pub fn is_opaque(&self) -> bool {
        self.others.known.is_empty()
    }
}

impl Geometry {
    /// Everything that rays within `shaft` can meet.
    pub fn between(&self, shaft: &Shaft) -> Between {
        let mut between = Between::default();
        for (tree, draws) in [
            (&self.opaque, &mut between.opaque),
            (&self.others, &mut between.others),
        ] {
            tree.bvh.within(shaft, |start| {
                draws.more = draws.known.try_push(tree.draw(start)).is_err();
                draws.more
            });
        }
        between
    }

    /// Of the rays in `alive`, those that meet an opaque draw in (0, `t_max`]. `spared` names a
    /// draw a ray that this ray is known not to meet; `between` is what they can meet at all.
    pub fn blocked8(
        &self,
        meshes: &[MeshTree],
        rays: &Rays8,
        t_max: F,
        spared: [u32; LANES],
        alive: u32,
        between: &Between,
    ) -> u32 {
        let mut open = alive;
        let block = |index: u32, who: u32, open: &mut u32| {
            let who = set_lanes(who).filter(|&i| spared[i] != index);
            let mut inner = who.fold(0, |bits, i| bits | 1 << i);
            if inner == 0 {
                return;
            }
            let before = inner;
            let placed = Placed8::new(&self.draws[index as usize], meshes, rays);
            placed.walk::<false>(
                &mut t_max.clone(),
                &mut inner,
                |start, count, i, ray, t_max, inner| {
                    if placed.mesh.triangles.block(ray, start, count, *t_max) {
                        *inner &= !(1 << i);
                    }
                },
            );
            *open &= !(before & !inner);
        };
        let world = BoxRays8::new(rays.origin, rays.direction);
        if between.opaque.more {
            self.opaque.bvh.walk8::<false>(
                &world,
                &mut t_max.clone(),
                &mut open,
                |start, _, who, _, open| block(self.opaque.draw(start), who, open),
            );
            return alive & !open;
        }
        for &index in &between.opaque.known {
            let who = world.meet(&self.bounds[index as usize], t_max) & open;
            if who != 0 {
                block(index, who, &mut open);
                if open == 0 {
                    break;
                }
            }
        }
        alive & !open
    }

    /// [`Self::walk`] of each of the rays in `alive` among the draws that are not simply opaque;
    /// `between` is what they can meet at all. `accept` also gets the ray's number, and ends that ray's
    /// walk by returning true.
    pub fn walk_others(
        &self,
        meshes: &[MeshTree],
        rays: &Rays8,
        t_max: F,
        alive: u32,
        between: &Between,
        mut accept: impl FnMut(usize, &Ray, &Draw, &Hit, bool) -> bool,
    ) {
        let mut open = alive;
        let limits = t_max.to_array();
        let mut ask = |index: u32, who: u32, open: &mut u32| {
            for i in set_lanes(who & *open) {
                let (ray, mut limit) = (rays.lane(i), limits[i]);
                let accept = &mut |draw: &Draw, hit: &Hit, front: bool, _: &mut f32| {
                    accept(i, &ray, draw, hit, front)
                };
                if self.walk_draw(index, meshes, &ray, 0.0, &mut limit, accept) {
                    *open &= !(1 << i);
                }
            }
        };
        let world = BoxRays8::new(rays.origin, rays.direction);
        if between.others.more {
            self.others.bvh.walk8::<false>(
                &world,
                &mut t_max.clone(),
                &mut open,
                |start, _, who, _, open| ask(self.others.draw(start), who, open),
            );
            return;
        }
        for &index in &between.others.known {
            let who = world.meet(&self.bounds[index as usize], t_max);
            ask(index, who, &mut open);
        }
    }

    /// [`Self::walk`] of the rays in `active` with one start and limit for all; `accept` also gets
    /// the ray's number, and lowers its own limit.
    pub fn walk8(
        &self,
        meshes: &[MeshTree],
        rays: &Rays8,
        t_min: f32,
        active: u32,
        wanted: impl Fn(&Draw) -> bool,
        mut accept: impl FnMut(usize, &Draw, &Hit, bool, &mut f32),
    ) {
        let world = BoxRays8::new(rays.origin, rays.direction);
        let mut t_max = splat(f32::INFINITY);
        for tree in [&self.opaque, &self.others] {
            tree.bvh.walk8::<true>(
                &world,
                &mut t_max,
                &mut active.clone(),
                |start, _, who, t_max, _| {
                    let index = tree.draw(start);
                    let draw = &self.draws[index as usize];
                    if !wanted(draw) {
                        return;
                    }
                    let placed = Placed8::new(draw, meshes, rays);
                    placed.walk::<true>(
                        t_max,
                        &mut who.clone(),
                        |start, count, i, ray, t_max, _| {
                            let triangles = &placed.mesh.triangles;
                            triangles.intersect(ray, start, count, t_min, t_max, |c, t_max| {
                                accept(i, draw, &c.hit(index), c.is_front(draw), t_max);
                                false
                            });
                        },
                    );
                },
            );
        }
    }
}

/// A mesh, and eight rays in its frame.
struct Placed8<'m> {
    mesh: &'m MeshTree,
    origin: V,
    direction: V,
}

impl<'m> Placed8<'m> {
    #[inline(always)]
    fn new(draw: &Draw, meshes: &'m [MeshTree], rays: &Rays8) -> Self {
        let mesh_from_world = Affine::splat(&draw.mesh_from_world);
        Self {
            mesh: &meshes[draw.mesh.index()],
            origin: mesh_from_world.point(rays.origin),
            direction: mesh_from_world.vector(rays.direction),
        }
    }

    /// Offers leaf by leaf to `visit`: start and count, ray, its limit, and who is still asking.
    #[inline(always)]
    fn walk<const ORDERED: bool>(
        &self,
        t_max: &mut F,
        alive: &mut u32,
        mut visit: impl FnMut(u32, u32, usize, &TriRay, &mut f32, &mut u32),
    ) {
        let mut sheared: [Option<TriRay>; LANES] = [None; LANES];
        let boxes = BoxRays8::new(self.origin, self.direction);
        self.mesh
            .bvh
            .walk8::<ORDERED>(&boxes, t_max, alive, |start, count, who, t_max, alive| {
                let mut limits = t_max.to_array();
                for i in set_lanes(who) {
                    let ray = sheared[i].get_or_insert_with(|| {
                        TriRay::new(self.origin.lane(i), self.direction.lane(i))
                    });
                    visit(start, count, i, ray, &mut limits[i], alive);
                }
                *t_max = F::new(limits);
            });
    }
}

/// Eight half-lines in the world frame.
#[derive(Clone, Copy)]
pub struct Rays8 {
    pub origin: V,
    /// Any length but zero; hits count in it.
    pub direction: V,
}

impl Rays8 {
    /// One of them.
    #[inline]
    pub fn lane(&self, i: usize) -> Ray {
        Ray {
            origin: self.origin.lane(i),
            direction: self.direction.lane(i),
        }
    }
}
