// @boundaries-ignore: how packages are built is the repository's
import { bundle } from '../../rolldown.base.ts';

export default bundle(['index', 'client']);
