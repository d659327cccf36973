export default function PictureView(_: object) { return null; }
