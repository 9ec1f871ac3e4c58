// What a triangle is at the point where a ray meets it.

fn presence_of(hit: Hit, flags: u32) -> u32 {
    let opacity = flags & OPACITY;
    if (opacity == OPAQUE) {
        return SOLID;
    }
    if (opacity == TRANSMISSIVE) {
        return TRANSPARENT;
    }
    let record = batch[draws_at + DRAW_SIZE * hit.draw];
    let color = plain_color(record.z, record.w, hit);
    return alpha_presence(opacity, record.w, color.w);
}
