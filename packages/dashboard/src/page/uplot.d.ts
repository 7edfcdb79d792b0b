// The server gives uPlot's own file under this name.
import uPlot from 'uplot';

export default uPlot;
